import Failure
import Glibc
import IPC
import Linux
import Netlink

@testable import NetworkPlan
@testable import netd

/// What must hold after every operation, and what after a while.
extension Torture {
  func check() throws {
    let entries = try root.ports()
    try request(Set(entries.map(\.slot)).count == entries.count, "a slot has two owners")
    var seen: Set<Owner> = []
    for entry in entries {
      let owner = Owner(uid: entry.uid, vm: entry.vm, nic: entry.nic)
      try request(seen.insert(owner).inserted, "\(owner) has two slots")
      if let holding = model.solid[owner] {
        try request(holding.slot == entry.slot, "\(owner) had \(holding.slot), now \(entry.slot)")
        if isHeld(owner), holding.isGivenBack == false {
          try request(entry.state == .active, "\(entry.slot) is held and \(entry.state)")
        }
      } else {
        try request(model.fading[owner] != nil, "\(entry.slot) belongs to \(owner), who has not asked for it")
      }
    }
    for (owner, holding) in model.solid { try request(seen.contains(owner), "\(owner) has lost \(holding.slot)") }
    model.fading = model.fading.filter { seen.contains($0.key) }
    try checkForwards()
    for (uid, caller) in callers where uid != 0 {
      try request(try caller.ports().allSatisfy { $0.uid == uid }, "user \(uid) sees others' ports")
    }
  }

  private func checkForwards() throws {
    var found: [HostPort: Owner] = [:]
    for entry in try root.forwards() {
      let owner = Owner(uid: entry.uid, vm: entry.vm, nic: entry.nic)
      let port = HostPort(transport: entry.transport, number: entry.hostPort)
      try request(found.updateValue(owner, forKey: port) == nil, "\(port) is forwarded twice")
      guard let holding = model.solid[owner] else { continue }
      try request(holding.forwards[port] == entry.guestPort, "\(port) leads to \(owner), who has not asked for it")
    }
    for (owner, holding) in model.solid {
      for port in holding.forwards.keys { try request(found[port] == owner, "\(owner) has lost \(port)") }
    }
  }

  /// Repairs and endings take a moment, but no more.
  func checkDeeply() throws {
    try settles("interfaces are as they should be") { try unsoundLink() }
    try settles("the guard says what was said") { try unsoundRule() }
    isGuardDoubtful = false
    try settles("netd has no descriptors but those of its clients") {
      let count = Self.descriptors(rig.pid) - callers.count - 1
      return count == ownDescriptors ? nil : "\(count) instead of \(ownDescriptors)"
    }
    try settles("the audit finds nothing") {
      // A VM whose TAP was deleted by hand is cut off until its NIC is attached again or given back: that has to be said.
      let cutOff = Set(model.solid.filter { !$0.value.hasTap }.map(\.key.vm))
      let findings = try root.call(Audit()).findings.filter { finding in
        finding.kind != .scarce && !(finding.kind == .missing && cutOff.contains(finding.vm))
      }
      return findings.first.map { "\($0)" }
    }
  }

  /// - Parameter unsound: what is wrong, nil if nothing is.
  func settles(_ what: String, seconds: Int64 = 5, _ unsound: () throws -> String?) throws {
    let end = Clock.now() + seconds * 1000
    while let wrong = try unsound() {
      try request(Clock.now() < end, "not in time: \(what): \(wrong)")
      usleep(20_000)
    }
  }

  private func unsoundLink() throws -> String? {
    let links = try route.links()
    let entries = try Program.output("/usr/sbin/bridge", "fdb", "show").split(separator: "\n")
    for (owner, holding) in model.solid where holding.hasTap {
      let shard = holding.slot.shard == 0 ? "" : "-\(holding.slot.shard)"
      let name = holding.slot.network == "default" ? "br-procurator" + shard : "br-" + holding.slot.network
      guard let bridge = links.first(where: { $0.name == name }), bridge.isUp else { return "no bridge \(name)" }
      guard let tap = links.first(where: { $0.name == holding.port.tap }) else { return "no TAP \(holding.port.tap)" }
      guard tap.master == bridge.index, tap.isUp else { return "\(tap.name) is no port of \(name)" }
      guard tap.hasCarrier == isHeld(owner) else { return "carrier of \(tap.name)" }
      let mac = Layout.text(mac: holding.port.mac)
      guard entries.contains(where: { $0.hasPrefix("\(mac) dev \(tap.name) ") && $0.contains("static") }) else {
        return "\(name) does not know that \(mac) is at \(tap.name)"
      }
      try checkTag(owner)
    }
    return nil
  }
}
