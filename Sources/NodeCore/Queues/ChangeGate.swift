package import Failure

/// Lets what changes the specification of a VM, or follows from it, through one at a time: devices, limits, rules of the
/// network.
package struct ChangeGate: Sendable {
  private let gate = StartGate(limit: 1)

  /// Runs `body` when it is its turn, on the caller's actor.
  nonisolated(nonsending) package func alone(
    _ body: nonisolated(nonsending) () async throws(Failure) -> Void
  ) async throws(Failure) {
    await gate.enter()
    let result: Result<Void, Failure>
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
    await gate.leave()
    try result.get()
  }

  /// Waits until nobody is in it and nobody waits any more, but no longer than that.
  nonisolated(nonsending) func settle(within limit: Duration) async {
    let gate = gate
    let who = ObjectIdentifier(gate)
    let timeout = Task {
      try await Task.sleep(for: limit)
      await gate.withdraw(who)
    }
    if await gate.enter(who) { await gate.leave() }
    timeout.cancel()
  }
}
