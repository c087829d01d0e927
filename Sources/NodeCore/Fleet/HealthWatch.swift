import Failure
import Glibc
import Hypervisor
package import Life
import Linux
import VMSpec

/// The checks of one guest, from when it runs until it does not: how they stand, and who makes them. Belongs to the VM's
/// actor.
package final class HealthWatch {
  package var health: Health
  /// What the program of the last check said when it failed. Kept apart from the reason, which goes into records and events
  /// that those see who may not see what guests write.
  package var said = ""
  /// Seconds since the boot of the host when the guest was started, `Clock.sinceBoot`.
  let born: Double
  var task: Task<Void, Never>?

  init(_ spec: HealthSpec, born: Double) {
    health = Health(
      Health.Rule(
        interval: .seconds(spec.interval), timeout: .seconds(spec.timeout), threshold: spec.threshold,
        grace: .seconds(spec.grace)))
    self.born = born
  }

  package var age: Duration { .seconds(max(0, Clock.sinceBoot() - born)) }

  deinit { task?.cancel() }
}

extension VirtualMachine {
  /// Sees to it that a running guest is checked, and no other.
  func tendHealth() {
    guard life.state == .running else {
      // Halted guests answer nobody; what was known stays to be seen.
      health?.task?.cancel()
      health?.task = nil
      if !life.state.hasProcess { health = nil }
      return
    }
    if health?.task == nil { beginHealth(isFresh: health != nil) }
  }

  /// Checks from now on.
  /// - Parameter isFresh: the guest has just begun, or been let go on; otherwise it is as old as its process.
  func beginHealth(isFresh: Bool) {
    let spec = record.spec.health
    health?.task?.cancel()
    guard spec.check != .none, life.state == .running, let run else {
      health = nil
      return
    }
    let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    let now = Clock.sinceBoot()
    let start = Double(run.incarnation.startTime) / ticks
    let watch = HealthWatch(spec, born: isFresh || start == 0 ? now : min(start, now))
    health = watch
    watch.task = Task { await self.check(spec) }
  }

  private func check(_ spec: HealthSpec) async {
    while !Task.isCancelled {
      let finding = await probe(spec)
      guard !Task.isCancelled, let health else { return }
      // A guest whose disk has failed stands still already, though its state may not say so yet.
      if finding.failure == nil || run?.diskErrors.isEmpty == true {
        let before = health.health
        health.said = finding.said
        let edge = health.health.checked(finding.failure, age: health.age)
        if let edge { await observe(edge) }
        if health.health != before { announce() }
      }
      try? await Task.sleep(for: .seconds(spec.interval))
    }
  }

  /// One check.
  private func probe(_ spec: HealthSpec) async -> GuestProbe.ProgramFinding {
    let timeout = Duration.seconds(spec.timeout)
    let address = record.ports.first?.address
    let agent = life.agentConnected ? run?.agent : nil
    do throws(Failure) {
      switch spec.check {
      case .none: break
      case .agent: try await connected(agent).ping(timeout: timeout)
      case .exec: return try await GuestProbe.run(spec.command, by: connected(agent), timeout: timeout)
      case .tcp: try await GuestProbe.connect(to: try GuestProbe.target(address, spec.port), timeout: timeout)
      case .http:
        try await GuestProbe.get(spec.path ?? "/", from: try GuestProbe.target(address, spec.port), timeout: timeout)
      }
      return GuestProbe.ProgramFinding()
    } catch {
      return GuestProbe.ProgramFinding(failure: error)
    }
  }

  private func connected(_ agent: GuestAgent?) throws(Failure) -> GuestAgent {
    if let agent { return agent }
    throw Failure(
      .unavailable, part: .health, operation: GuestProbe.operation, object: name,
      cause: "its guest agent is not connected",
      remedy: "install and start qemu-guest-agent in the guest, or check its health in another way")
  }
}
