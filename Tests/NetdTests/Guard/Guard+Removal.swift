import NetworkPlan

@testable import netd

extension Guard {
  /// Takes the ruleset away, as an administrator might: nothing is guarded, translated or forwarded any longer.
  func remove() throws {
    for table in [Ruleset.bridge, Ruleset.inet] { try World.nft("add table \(table); delete table \(table)") }
  }
}
