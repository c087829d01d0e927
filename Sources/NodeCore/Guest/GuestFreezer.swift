package import Failure
package import FoundationEssentials
import Hypervisor
import Life
import Linux
import Text

/// What has been frozen.
package struct FrozenGuest: Hashable, Sendable {
  /// Has to be said to thaw it.
  package var token: String
  package var fileSystems: [FrozenFileSystem]
  /// When it is thawed at the latest.
  package var deadline: Date
  /// Whether the guest itself does that then; otherwise only this supervisor does, as soon as it runs.
  package var isArmedInGuest: Bool

  /// What a guest that cannot arm a timer means.
  package static let unarmed =
    "the guest has no sh, sleep and fsfreeze that its agent may run: only the supervisor thaws it when the time is up"
}

/// What has been thawed.
package struct ThawedGuest: Hashable, Sendable {
  /// Where the file systems are mounted.
  package var mounts: [String]
  /// How long they were frozen, with the time that freezing and thawing took.
  package var length: Duration
  /// Whether all of them were frozen until now: otherwise somebody in the guest, or its timer, was faster, and what was copied
  /// meanwhile may have been written to.
  package var wasHeld: Bool
  /// Why a script for after the thaw failed; nil if none did.
  package var scriptFailure: Failure?
}

/// Freezes the file systems of a guest for a while, and sees to it that they are thawed: by whoever froze them, at their time
/// by us or by the guest itself, and before the guest is asked to go down. Belongs to the VM's actor.
final class GuestFreezer {
  let keeper: RecordKeeper
  let state: VMState
  let reporter: VMReporter
  /// One after the other.
  let turns = ChangeGate()
  /// Thaws at the time that the record says.
  var timer: Task<Void, Never>?

  /// How long file systems are frozen when nobody says, and the most.
  static let usual = Duration.seconds(60)
  static let most = Duration.seconds(600)
  /// What each side's scripts may take.
  static let scriptTime = Duration.seconds(30)
  static let warning = "frozen"

  init(_ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
  }

  deinit { timer?.cancel() }

  var name: String { state.name }

  /// The freeze of the present run; nil if there is none.
  var present: SavedFreeze? {
    guard let freeze = keeper.record.freeze, freeze.run == state.run?.incarnation.token else { return nil }
    return freeze
  }

  /// Why a guest whose file systems are frozen does nothing else; nil if they are not.
  func refusal(_ operation: String) -> Failure? {
    present.map { freeze in
      Failure(
        .state, part: .agent, operation: operation, object: name,
        cause: "its file systems are frozen until \(Self.time(freeze.deadline)), and its agent does nothing else",
        remedy: "wait until then, or thaw them: vmsupervisor thaw \(name)")
    }
  }

  /// A time of day in UTC, to the second.
  static func time(_ date: Date) -> String { date.formatted(.iso8601) }

  // MARK: freezing

  /// - Parameters:
  ///   - mounts: where the file systems are mounted; empty for all.
  ///   - time: when they are thawed at the latest; nil for the usual.
  ///   - scripts: whether the guest's scripts are run before, and after the thaw.
  nonisolated(nonsending) func freeze(
    _ mounts: [String], within time: Duration?, scripts: Bool
  ) async throws(Failure) -> FrozenGuest {
    let time = time ?? Self.usual
    guard time > .zero, time <= Self.most else {
      throw Failure(
        .invalid, part: .agent, operation: FreezePlan.operation, object: "timeout_seconds",
        cause: "\(Quantity.duration(time)) is not between 1s and \(Quantity.duration(Self.most))",
        remedy: "say a time in between, or 0 for \(Quantity.duration(Self.usual))")
    }
    var frozen: Result<FrozenGuest, Failure>?
    try await turns.alone { () throws(Failure) in
      frozen = .success(try await self.freezeAlone(mounts, time, scripts: scripts))
    }
    guard let frozen else { throw state.notRunning(FreezePlan.operation) }
    return try frozen.get()
  }

  nonisolated(nonsending) private func freezeAlone(
    _ mounts: [String], _ time: Duration, scripts: Bool
  ) async throws(Failure) -> FrozenGuest {
    if let refusal = refusal(FreezePlan.operation) { throw refusal }
    let agent = try listening(FreezePlan.operation)
    guard let run = state.run else { throw state.notRunning(FreezePlan.operation) }
    let plan = try FreezePlan(mounts, of: try await agent.fileSystems(), vm: name)
    if scripts {
      do throws(Failure) { try await agent.runFreezeScripts(timeout: Self.scriptTime) } catch {
        wakeInBackground(agent)
        throw error
      }
    }
    // Its time begins before the guest's, so that the guest is never the first who acts.
    let now = HostInstant.now
    let seconds = (time / .seconds(1)).rounded(.up)
    var freeze = SavedFreeze(
      token: Self.newToken(), run: run.incarnation.token, mounts: plan.places, deadline: now.wall + seconds,
      end: SavedInstant(now, plus: seconds), began: SavedInstant(now), least: plan.least,
      hasScripts: scripts)
    do throws(Failure) {
      freeze.timer = try await agent.armThaw(plan.places, after: Int64(seconds), scripts: scripts)
      let saved = freeze
      try await keeper.edit { $0.freeze = saved }
    } catch {
      await disarm(freeze, agent)
      if scripts { wakeInBackground(agent) }
      throw error
    }
    return try await carryOut(plan, freeze, agent, time)
  }

  nonisolated(nonsending) private func carryOut(
    _ plan: FreezePlan, _ freeze: SavedFreeze, _ agent: GuestAgent, _ time: Duration
  ) async throws(Failure) -> FrozenGuest {
    do throws(Failure) {
      let count = try await agent.freeze(plan.mounts, timeout: time)
      let systems = try plan.judge(count, vm: name)
      let places = systems.filter(\.isFrozen).map(\.system.mount)
      tend()
      warn(freeze)
      let named = places.prefix(Self.mostNamed).joined(separator: ", ")
      let rest = places.count > Self.mostNamed ? " and \(places.count - Self.mostNamed) more" : ""
      let what = "file systems frozen for at most \(Quantity.duration(time)): \(named)\(rest)"
      keeper.remark(what + Author.current.phrase)
      reporter.tell(what, kind: .access)
      return FrozenGuest(
        token: freeze.token, fileSystems: systems, deadline: freeze.deadline, isArmedInGuest: freeze.timer != nil)
    } catch {
      // What the agent refuses it has not done; of everything else nobody knows, and some of it may be frozen.
      let isKnown = [.system, .unsupported].contains(error.code)
      if isKnown { await forget(freeze, "not frozen: \(error.cause)") } else { tend(atOnce: true) }
      if isKnown {
        await disarm(freeze, agent)
        if freeze.hasScripts { wakeInBackground(agent) }
      }
      throw error
    }
  }

  /// Mount points that are named in what is said of a freeze.
  private static let mostNamed = 5

  private static func newToken() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(random.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The agent, if a guest listens there.
  /// - Parameter isLast: also of a guest that is to go down.
  func listening(_ operation: String, isLast: Bool = false) throws(Failure) -> GuestAgent {
    let isUp = state.life.state == .running || isLast && state.life.state == .stopping
    guard isUp, let agent = state.run?.agent else {
      if state.life.state == .running, state.machine != nil {
        throw Failure(
          .unsupported, part: .agent, operation: operation, object: name, cause: "it has no guest agent port",
          remedy: "set agent: true in its spec")
      }
      throw state.notRunning(operation)
    }
    guard state.life.agentConnected else {
      throw Failure(
        .state, part: .agent, operation: operation, object: name, cause: "its guest agent is not connected",
        remedy: "wait for it: vmsupervisor wait \(name) --state agent; or install qemu-guest-agent in the guest")
    }
    return agent
  }

  func warn(_ freeze: SavedFreeze) {
    state.run?.warnings.set(
      Warning(
        id: Self.warning, part: .agent,
        cause: "its file systems are frozen until \(Self.time(freeze.deadline)): what writes in the guest waits",
        remedy: "vmsupervisor thaw \(name)"))
    reporter.announce()
  }
}
