package import Failure
import IPC
import IPCNames
import Synchronization

/// Tells netdns what VMs are called and which domains their lists have: on one connection, made again whenever it has ended,
/// and then all of it. Guests do not need it: what it could not be told yet is told later.
package final class NetdnsLink: Sendable {
  private let path: String
  private let queue = BlockingQueue("netdns")
  private let state = Mutex(NetdnsState())

  /// Speaks to the netdns that listens at `path`; nothing is sent before the first call.
  package init(path: String) { self.path = path }

  /// What the records say at start; to be called before anything else.
  func remember(_ names: [ToldName], _ rules: [LeaseKey: NetworkRules]) {
    state.withLock { $0.remember(names, rules) }
  }

  /// Says what a VM is called, from now on and whenever netdns is started again.
  /// - Throws: netdns's refusal, if a VM of another user has the name.
  func tell(_ name: ToldName) async throws(Failure) {
    try await ask { [path] state throws(Failure) in
      state.note(name)
      do throws(Failure) {
        try state.say(TellName(vm: name.vm, network: name.network, name: name.name), path, now: .now)
      } catch {
        state.forget(vm: name.vm)
        throw error.of(.network)
      }
    }
  }

  /// Says which domains the list of a port has, if it has one.
  func tell(_ rules: NetworkRules, of key: LeaseKey) async throws(Failure) {
    try await ask { [path] state throws(Failure) in
      state.note(rules, of: key)
      guard let list = rules.policy?.list, list != 0 else { return }
      do throws(Failure) {
        try state.say(TellDomains(list: list, domains: rules.domains), path, now: .now)
      } catch { throw error.of(.network) }
    }
  }

  /// The VM does not run any more.
  func rest(vm: VMIdentity) async { await queue.run { [self] in state.withLock { $0.rest(vm: vm) } } }

  /// The VM is deleted: its name is free.
  func forget(vm: VMIdentity) async {
    try? await ask { [path] state throws(Failure) in
      state.forget(vm: vm)
      try state.say(TellName(vm: vm, network: "", name: ""), path, now: .now)
    }
  }

  /// Connects if there is no connection, and says everything on a new one.
  package func stayConnected() async throws(Failure) {
    try await ask { [path] state throws(Failure) in try state.connect(path, now: .now) }
  }

  /// Why netdns could not be told for so long that it is not just being started again; nil if it can be.
  func trouble(now: ContinuousClock.Instant = .now) async -> Failure? {
    await queue.run { [self] in
      state.withLock { state in
        guard let failure = state.failure, now - failure.since > Self.absence else { return nil }
        return failure.why
      }
    }
  }

  /// How long a netdns that is started again is away at most.
  private static let absence: Duration = .seconds(10)

  private func ask<R: Sendable>(
    _ body: @escaping @Sendable (inout NetdnsState) throws(Failure) -> R
  ) async throws(Failure) -> R {
    try await queue.run { [self] () throws(Failure) in
      let result: Result<R, Failure> = state.withLock { state in
        do throws(Failure) { return .success(try body(&state)) } catch { return .failure(error) }
      }
      return try result.get()
    }
  }
}
