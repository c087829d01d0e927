import Foundation
import Glibc
import IPC
import Seeded
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Random work, random kills: `make torture` does it longer.
  @Suite struct TortureTests {
    @Test func nothingIsLostDoubledOrLeftWhateverIsKilled() throws {
      let rounds = ProcessInfo.processInfo.environment["PROCURATOR_TORTURE"].flatMap { Int($0) } ?? 100
      let seed = SeededRandom.seed("netd torture, \(rounds) rounds")
      try Rig.run(netd: Torture.netd, networks: Torture.sections) { rig in
        let torture = try Torture(rig, seed: seed)
        for number in 0..<rounds { try torture.round(number) }
        try torture.finish()
      }
    }
  }
}

extension Torture {
  /// Everything is given up and everybody ends; then nothing may be left.
  func finish() throws {
    trail.append("-- end")
    try checkDeeply()
    for uid in Self.users where callers[uid] == nil { try connect(uid) }
    for uid in Self.users { for vm in Self.vms { try ask(.forget(uid, vm)) } }
    for holder in Array(holders.values) + strays { try holder.end(by: SIGKILL) }
    (holders, strays) = ([:], [])
    callers = [:]
    try settles("the audit is zero") {
      let audit = try root.call(Audit())
      let isZero = audit.active + audit.kept + audit.releasing == 0 && audit.findings.isEmpty
      return isZero && Int(audit.ready) == Self.spares * Self.networks.count ? nil : "\(audit)"
    }
    try settles("the ruleset says nothing about single ports") {
      let rules = try kernelRules()
      let left = ElementSet.ofRules.filter { !rules[$0].isEmpty }
      return left.isEmpty && rules.made.isEmpty ? nil : "\(left), \(rules.made)"
    }
    // Retired ones go in batches, a quarter of a second after the last was given up.
    try settles("no TAP is left but spares") {
      let left = try route.links().filter { $0.kind == "tun" && $0.alias != "procurator:spare" }
      return left.isEmpty ? nil : "\(left.map { "\($0.name) \($0.alias)" })"
    }
    let links = try route.links()
    try request(
      links.count { $0.kind == "tun" } == Self.spares * Self.networks.count, "there are other TAPs than spares")
    try request(Set(links.filter { $0.kind == "bridge" }.map(\.name)).isSubset(of: Self.bridges), "bridges are left")
    try request(try root.forwards().isEmpty, "forwards are left")
    try settles("no descriptor is left") {
      let count = Self.descriptors(rig.pid) - 1
      return count == ownDescriptors ? nil : "\(count) instead of \(ownDescriptors)"
    }
    let done = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    print("netd torture: \(done.joined(separator: ", ")); audit: nothing left")
  }
}
