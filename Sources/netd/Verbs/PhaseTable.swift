import Failure
import IPC
import IPCFrames

/// How far a connection has come.
struct Phase: OptionSet, Hashable, Sendable {
  let rawValue: UInt8
  /// Nothing is agreed yet.
  static let new = Phase(rawValue: 1)
  /// A version is agreed.
  static let greeted = Phase(rawValue: 2)
  /// In the middle of saying which slots it holds.
  static let keeping = Phase(rawValue: 4)
  /// Everything is said; ports can be had.
  static let serving = Phase(rawValue: 8)
}

/// Whose objects a verb reaches.
enum Reach: Sendable {
  /// Those of the peer's uid.
  case own
  /// Those of the peer's uid; for root, everybody's.
  case ownOrAllForRoot
  /// Everybody's; only root and the user of the naming service may ask.
  case naming
}

/// When a verb is permitted, what it reaches, and who answers it.
struct VerbRule: Sendable {
  let verb: Verb
  /// The number of its request.
  let number: UInt16
  let phases: Phase
  let reach: Reach
  /// Whether a descriptor goes with its answer.
  let givesDescriptor: Bool
  /// Reads the request and makes the answer; `WireError` if the request is none.
  let answer: @Sendable (Daemon, inout Decoder, inout Asking) throws(WireError) -> [UInt8]

  private init<R: Request>(
    _ verb: Verb, _ phases: Phase, _ reach: Reach, givesDescriptor: Bool = false,
    _ body: @escaping @Sendable (Daemon) -> (R, inout Asking) throws(Failure) -> R.Reply
  ) {
    self.verb = verb
    number = R.verb
    self.phases = phases
    self.reach = reach
    self.givesDescriptor = givesDescriptor
    answer = { daemon, decoder, asking throws(WireError) in try daemon.run(&decoder, &asking, body(daemon)) }
  }

  /// Whether a user who is admitted sees everybody's objects.
  func seesAll(uid: UInt32) -> Bool { reach == .naming || (reach == .ownOrAllForRoot && uid == 0) }

  private static let looking: Phase = [.greeted, .keeping, .serving]

  /// This table is all there is to it.
  static let table: [VerbRule] = [
    VerbRule(.hello, .new, .own, Daemon.hello),
    VerbRule(.keep, looking, .own, Daemon.keep),
    VerbRule(.attach, .serving, .own, givesDescriptor: true, Daemon.attach),
    VerbRule(.detach, .serving, .own, Daemon.detach),
    VerbRule(.device, .serving, .own, givesDescriptor: true, Daemon.device),
    VerbRule(.ports, looking, .ownOrAllForRoot, Daemon.ports),
    VerbRule(.audit, looking, .ownOrAllForRoot, Daemon.audit),
    VerbRule(.forget, .serving, .own, Daemon.forget),
    VerbRule(.policy, .serving, .own, Daemon.policy),
    VerbRule(.forward, .serving, .own, Daemon.forward),
    VerbRule(.forwards, looking, .ownOrAllForRoot, Daemon.forwards),
    VerbRule(.notifications, looking, .ownOrAllForRoot, Daemon.notifications),
    VerbRule(.counters, looking, .own, Daemon.counters),
    VerbRule(.watch, .greeted, .naming, Daemon.watch),
    VerbRule(.shards, .greeted, .naming, Daemon.shards),
    VerbRule(.leases, .greeted, .naming, Daemon.leases),
  ]

  /// The rule for a number from the wire in a phase; nil if it is not permitted there.
  static func find(_ number: UInt16, in phase: Phase) -> VerbRule? {
    table.first { $0.number == number && $0.phases.contains(phase) }
  }
}
