import Failure
import FoundationEssentials
import Glibc
import Hypervisor
package import Life
import Linux

/// What the life cycle wants done.
extension VirtualMachine {
  package func perform(_ effect: Effect) {
    switch effect {
    case .launch:
      let generation = life.generation
      let ticket = StartTicket()
      self.ticket = ticket
      launching = Task { await self.start(generation, ticket) }
    case .askAgent:
      wake()
      beside { try await $0.run?.agent?.shutdown(.powerdown) }
    case .askAgentToReboot: beside { try await $0.run?.agent?.shutdown(.reboot) }
    case .pressPowerButton:
      wake()
      beside { try await $0.run?.machine?.pressPowerButton() }
    case .reset: command { try await $0.reset() }
    case .halt: command { try await $0.halt() }
    case .resume: command { try await $0.resume() }
    case .setClock: setClock()
    case .quit:
      if let machine = run?.machine {
        beside { _ in try await machine.quit() }
      } else {
        run?.process.signal(SIGTERM)
      }
    case .kill:
      if let run {
        run.process.signal(SIGKILL)
      } else if launching == nil {
        Task { await self.observeNothing(life.generation) }
      } else {
        giveUpStart()
      }
    case .cleanUp: cleanUp()
    case .arm(let kind, let delay): timers.arm(kind, after: delay) { [weak self] in await self?.observe($0) }
    case .disarm(let kind): timers.disarm(kind)
    }
  }

  /// Lets a hypervisor that a signal has stopped go on: its guest is to power off, and could not hear that.
  private func wake() {
    guard let run, ProcessFacts(pid: run.process.pid)?.state == "T" else { return }
    context.log.notice(
      "its hypervisor was stopped by a signal, and goes on because it is to end", metadata: metadata)
    run.process.signal(SIGCONT)
  }

  /// Asks guest or hypervisor for something. What it does not do, the next step of the escalation will.
  private func beside(_ body: @escaping @Sendable (isolated VirtualMachine) async throws -> Void) {
    Task {
      do { try await body(self) } catch {
        context.log.warning("\(error)", metadata: metadata)
      }
    }
  }

  /// Has the hypervisor do something, and reports how the guest is then.
  private func command(_ body: @escaping @Sendable (any Machine) async throws -> Void) {
    guard let machine = run?.machine else { return }
    let attempt = life.attempt
    beside { vm in
      try await body(machine)
      let condition = try await machine.condition()
      if condition == .held { await vm.explainHold() }
      await vm.observe(.answered(attempt: attempt, condition))
    }
  }

  /// A guest that stood still has the time of when it was halted.
  private func setClock() {
    guard life.agentConnected, let agent = run?.agent else { return }
    // The time is said: without it the guest would take that of its own clock chip, which stood still too.
    beside { _ in try await agent.setTime(Int64(Clock.wall() * 1e9)) }
  }

  /// There is no process, and none is being made.
  func observeNothing(_ generation: UInt64) async {
    guard run == nil, launching == nil, life.generation == generation else { return }
    await observe(.processEnded(.unknown, words: ""))
  }

  private func cleanUp() {
    state.end()
    context.holders.forget(id)
    if ownsRuntime { try? Files.removeFolder(paths.runtime) }
    ownsRuntime = false
    ports.giveBack(after: limits.removal)
  }
}
