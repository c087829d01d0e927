import Failure
import Glibc
import Hypervisor
import Life
import Linux

/// Asks guest or hypervisor for something. What it does not do, the next step of the escalation will. Belongs to the VM's
/// actor.
final class GuestPower {
  private let state: VMState
  private let reporter: VMReporter
  private let hold: GuestHold
  private let freezer: GuestFreezer
  private let observe: Observe

  init(
    _ state: VMState, _ reporter: VMReporter, _ hold: GuestHold, _ freezer: GuestFreezer,
    _ observe: @escaping Observe
  ) {
    self.state = state
    self.reporter = reporter
    self.hold = hold
    self.freezer = freezer
    self.observe = observe
  }

  private var run: VMRun? { state.run }

  /// Asks by the agent.
  func askAgent(isolation: isolated (any Actor)? = #isolation) {
    wake()
    inBackground { power in
      // A guest whose file systems are frozen hears this, but cannot go down.
      await power.freezer.release("the guest is to power off")
      try await power.run?.agent?.shutdown(.powerdown)
    }
  }

  func askAgentToReboot(isolation: isolated (any Actor)? = #isolation) {
    inBackground { power in
      await power.freezer.release("the guest is to reboot")
      try await power.run?.agent?.shutdown(.reboot)
    }
  }

  func pressButton(isolation: isolated (any Actor)? = #isolation) {
    wake()
    inBackground { power in
      await power.freezer.release("the guest is to power off")
      try await power.run?.machine?.pressPowerButton()
    }
  }

  /// Raises a non-maskable interrupt on every processor of the guest, as the button of a server does. What the guest does
  /// then is its own affair: nothing, a dump of what hangs, a panic. A paused one has it when it is resumed.
  nonisolated(nonsending) func injectNMI() async throws(Failure) {
    let operation = "inject NMI"
    guard let machine = state.machine else { throw state.notRunning(operation) }
    try await machine.injectNMI()
    reporter.tell("non-maskable interrupt injected", kind: .operation)
  }

  /// Ends the hypervisor in an orderly way.
  func quit(isolation: isolated (any Actor)? = #isolation) {
    if let machine = run?.machine {
      inBackground { _ in try await machine.quit() }
    } else {
      run?.process.signal(SIGTERM)
    }
  }

  /// A guest that stood still has the time of when it was halted.
  func setClock(isolation: isolated (any Actor)? = #isolation) {
    guard state.life.agentConnected, freezer.present == nil, let agent = run?.agent else { return }
    // The time is said: without it the guest would take that of its own clock chip, which stood still too.
    inBackground { _ in try await agent.setTime(Int64(Clock.wall() * 1e9)) }
  }

  /// Has the hypervisor do something, and reports how the guest is then.
  func command(
    isolation: isolated (any Actor)? = #isolation, _ body: @escaping @Sendable (any Machine) async throws -> Void
  ) {
    guard let run, let machine = run.machine else { return }
    let attempt = state.life.attempt
    run.commands += 1
    inBackground { power in
      defer { power.run?.commands += 1 }
      try await body(machine)
      let condition = try await machine.condition()
      if condition == .held { await power.hold.explain() }
      await power.observe(.answered(attempt: attempt, condition))
    }
  }

  /// Wakes a guest that sleeps.
  func wakeGuest(isolation: isolated (any Actor)? = #isolation) {
    inBackground { try await $0.run?.machine?.wake() }
  }

  /// Lets a hypervisor that a signal has stopped go on: its guest is to power off, and could not hear that.
  private func wake() {
    guard let run, ProcessFacts(pid: run.process.pid)?.state == "T" else { return }
    reporter.log(.notice, "its hypervisor was stopped by a signal, and goes on because it is to end")
    run.process.signal(SIGCONT)
  }

  private func inBackground(
    isolation: isolated (any Actor)? = #isolation,
    _ body: nonisolated(nonsending) @escaping @Sendable (GuestPower) async throws -> Void
  ) {
    let here = OnActor(self, of: isolation)
    Task {
      await here.run { power in
        do { try await body(power) } catch { power.reporter.log(.warning, "\(error)") }
      }
    }
  }
}
