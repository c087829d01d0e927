package import Failure
package import IPC
import IPCNames
import Synchronization

/// Tells netdns what VMs are called and which domains their lists have: on one connection, made again whenever it has ended,
/// and then all of it. Guests do not need it: what it could not be told yet is told later.
package final class NetdnsLink: Sendable {
  private let path: String
  private let queue = BlockingQueue("netdns")
  /// Where connections are made, so that a netdns that hangs keeps nobody waiting who has something to say.
  private let connecting = BlockingQueue("netdns.connect")
  private let state: Mutex<NetdnsState>
  /// As in the state, which is locked while netdns is waited for.
  private let refused = Mutex<[VMIdentity: Failure]>([:])

  /// Speaks to the netdns that listens at `path`; nothing is sent before the first call.
  /// - Parameter rest: how long what was refused is left alone before it is said again.
  package init(path: String, rest: Duration = .seconds(10)) {
    self.path = path
    state = Mutex(NetdnsState(rest: rest))
  }

  /// What the records say at start; to be called before anything else.
  func remember(_ names: [ToldName], _ rules: [LeaseKey: NetworkRules]) {
    state.withLock { $0.remember(names, rules) }
  }

  /// Says what a VM is called, from now on and whenever netdns is started again.
  /// - Throws: netdns's refusal, if a VM of another user has the name.
  func tell(_ name: ToldName) async throws(Failure) {
    try await ask { [path] state throws(Failure) in
      state.facts.note(name)
      do throws(Failure) {
        let isHeard = try state.say(TellName(vm: name.vm, network: name.network, name: name.name), path)
        if isHeard { state.settle(name) }
      } catch {
        // Its other cards' lists stay.
        state.facts.dropName(of: name.vm)
        throw error.of(.network)
      }
    }
  }

  /// Says which domains the list of a port has, if it has one.
  func tell(_ rules: NetworkRules, of key: LeaseKey) async throws(Failure) {
    try await ask { [path] state throws(Failure) in
      state.facts.note(rules, of: key)
      guard let list = rules.policy?.list, list != 0 else { return }
      do throws(Failure) {
        _ = try state.say(TellDomains(list: list, domains: rules.domains), path)
      } catch {
        state.facts.dropList(of: key)
        throw error.of(.network)
      }
    }
  }

  /// The VM does not run any more.
  func rest(vm: VMIdentity) async {
    try? await ask { state throws(Failure) in state.facts.rest(vm: vm) }
  }

  /// The VM is deleted: its name is free. A netdns that is away hears it when it is back.
  func forget(vm: VMIdentity) async {
    try? await ask { [path] state throws(Failure) in
      state.facts.delete(vm: vm)
      let isHeard = try state.say(TellName(vm: vm, network: "", name: ""), path)
      if isHeard { state.facts.settle(deleted: [vm]) }
    }
  }

  /// Connects if there is no connection, and says everything on a new one.
  package func stayConnected() async throws(Failure) {
    let missing = await queue.run { [self] in state.withLock { $0.missing } }
    guard let missing else {
      try await ask { state throws(Failure) in try state.sayRefusedAgain() }
      return
    }
    do throws(Failure) {
      let (opened, refusals) = try await connecting.run { [path] () throws(Failure) -> Opened in
        let opened = try NetdnsConnection(path)
        return (opened, try opened.say(missing))
      }
      try await ask { state throws(Failure) in try state.take(opened, said: missing, refusals) }
    } catch {
      await queue.run { [self] in state.withLock { $0.lose(error) } }
      throw error
    }
  }

  private typealias Opened = (NetdnsConnection, NetdnsRefusals)

  /// Why netdns could not be told for so long that it is not just being started again; nil if it can be.
  func trouble(now: ContinuousClock.Instant = .now) async -> Failure? {
    await queue.run { [self] in
      state.withLock { state in
        guard let failure = state.failure, now - failure.since > Self.absence else { return nil }
        return failure.why
      }
    }
  }

  /// What of a VM netdns does not take: its name, or domains of a list; nil if it takes everything.
  package func refusal(of vm: VMIdentity) -> Failure? { refused.withLock { $0[vm] } }

  /// How long a netdns that is started again is away at most.
  private static let absence: Duration = .seconds(10)

  private func ask<R: Sendable>(
    _ body: @escaping @Sendable (inout NetdnsState) throws(Failure) -> R
  ) async throws(Failure) -> R {
    try await queue.run { [self] () throws(Failure) in
      let (result, refusals): (Result<R, Failure>, [VMIdentity: Failure]) = state.withLock { state in
        do throws(Failure) {
          let answer = try body(&state)
          return (.success(answer), state.refused)
        } catch { return (.failure(error), state.refused) }
      }
      refused.withLock { $0 = refusals }
      return try result.get()
    }
  }
}
