import Failure
import Life
import Text
import VMSpec

/// Limits and memory changed while the VM is there.
extension VMLimits {
  /// Changes limits: in the record first, then in what runs.
  /// - Throws: what is wrong with the change or cannot be done; then everything is as it was.
  nonisolated(nonsending) func changeLimits(_ change: LimitsChange) async throws(Failure) {
    let operation = "change limits"
    try await changes.alone { () throws(Failure) in
      guard !state.isRetired else { throw .noSuchVM(self.state.name, operation: operation) }
      var spec = self.record.spec
      try change.apply(to: &spec)
      spec = try spec.checked(operation, fields: LimitsChange.fields)
      let old = self.record.spec
      guard spec != old else { return }
      if self.state.life.state == .starting || (self.run != nil && self.run?.machine == nil) {
        throw Failure(
          .state, part: .limit, operation: operation, object: self.state.name,
          cause: self.run == nil ? "it is being started" : "its hypervisor does not answer",
          remedy: "wait until it runs: vmsupervisor wait \(self.state.name) --state running")
      }
      try await keeper.edit { $0.spec = spec }
      do throws(Failure) { try await self.realizeLimits() } catch {
        try? await keeper.edit(for: .ending) { $0.spec = old }
        try? await self.realizeLimits()
        throw error
      }
      keeper.remark("limits changed" + Author.current.phrase)
      reporter.tell("limits changed", kind: .limit)
    }
  }

  nonisolated(nonsending) private func realizeLimits() async throws(Failure) {
    guard run != nil else { return }
    let isEmulated = isEmulated ?? true
    try takePlace(isEmulated: isEmulated)
    try await limitGroup(isEmulated)
    try await throttleDisks()
  }

  // MARK: balloon

  /// Least that a guest can be left with.
  static let leastMemory: UInt64 = 64 << 20

  /// Asks the guest to live with `bytes` of its memory.
  nonisolated(nonsending) func setBalloon(_ bytes: UInt64) async throws(Failure) {
    let operation = "set balloon"
    let most = record.spec.memory
    guard bytes <= most, bytes >= min(Self.leastMemory, most) else {
      throw Failure(
        .invalid, part: .limit, operation: operation, object: state.name,
        cause: "\(Amount.text(bytes)) is outside \(Amount.text(min(Self.leastMemory, most))) to \(Amount.text(most))",
        remedy: "more than it was given needs another specification")
    }
    guard let run, let machine = run.machine, state.life.state == .running else { throw state.notRunning(operation) }
    try await machine.setBalloon(bytes)
    run.balloonTarget = bytes
    reporter.tell("balloon asked for \(Amount.text(bytes))", kind: .limit)
  }
}
