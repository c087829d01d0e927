import IPC
import NetworkPlan

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

/// When a verb is permitted and what it reaches. This table is all there is to it.
struct VerbRule: Sendable {
  let verb: Verb
  let phases: Phase
  let reach: Reach
  /// The version of the protocol that first had it.
  var since = Wire.oldestVersion

  static let table: [VerbRule] = [
    VerbRule(verb: .hello, phases: .new, reach: .own),
    VerbRule(verb: .keep, phases: [.greeted, .keeping, .serving], reach: .own),
    VerbRule(verb: .attach, phases: .serving, reach: .own),
    VerbRule(verb: .detach, phases: .serving, reach: .own),
    VerbRule(verb: .device, phases: .serving, reach: .own),
    VerbRule(verb: .ports, phases: [.greeted, .keeping, .serving], reach: .ownOrAllForRoot),
    VerbRule(verb: .audit, phases: [.greeted, .keeping, .serving], reach: .ownOrAllForRoot),
    VerbRule(verb: .forget, phases: .serving, reach: .own),
    VerbRule(verb: .policy, phases: .serving, reach: .own),
    VerbRule(verb: .forward, phases: .serving, reach: .own),
    VerbRule(verb: .forwards, phases: [.greeted, .keeping, .serving], reach: .ownOrAllForRoot),
    VerbRule(verb: .news, phases: [.greeted, .keeping, .serving], reach: .ownOrAllForRoot, since: Wire.newsVersion),
    VerbRule(verb: .counters, phases: [.greeted, .keeping, .serving], reach: .own),
    VerbRule(verb: .watch, phases: .greeted, reach: .naming),
    VerbRule(verb: .shards, phases: .greeted, reach: .naming),
    VerbRule(verb: .names, phases: .greeted, reach: .naming),
    VerbRule(verb: .profiles, phases: .greeted, reach: .naming),
  ]

  /// The rule for a number from the wire in a phase and version; nil if it is not permitted there.
  static func find(_ number: UInt16, in phase: Phase, version: UInt16 = Wire.newestVersion) -> VerbRule? {
    table.first { $0.verb.rawValue == number && $0.phases.contains(phase) && $0.since <= version }
  }
}
