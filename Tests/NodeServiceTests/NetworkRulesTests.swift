import Failure
import Foundation
import IPC
import NodeAPI
import Testing

@testable import NodeCore
@testable import NodeService
@testable import VMSpec

/// From the document to what netd is told, as values.
@Suite struct NetworkRulesTests {
  private let vm = VMIdentity(high: 1, low: 2)

  private func rules(_ nic: NICSpec, said: Bool = false, saved: [SavedForward] = []) -> NetworkRules {
    NetworkRules(nic, vm: vm, nic: 0, said: said, saved: saved)
  }

  private func saved(_ guest: UInt16, _ host: UInt16, automatic: Bool = true) -> SavedForward {
    SavedForward(nic: 0, protocol: .tcp, guest: guest, host: host, isAutomatic: automatic)
  }

  @Test func nothingIsSaidAboutNothing() {
    #expect(rules(NICSpec()).isEmpty)
    // But what was said before is taken back.
    let policy = rules(NICSpec(), said: true).policy
    #expect(policy?.isRestricted == false && policy?.sendRate == 0)
  }

  @Test func listsBecomeAPolicy() throws {
    let card = NICSpec(
      allowedDomains: ["example.com"],
      allowedAddresses: [
        AddressRule(address: 1), AddressRule(address: 256, prefix: 24, ports: .init(.udp, 5...6)),
        AddressRule(address: 2, ports: .init(.tcp)),
      ], bandwidth: BandwidthSpec(receive: 4096))
    let policy = try #require(rules(card).policy)
    #expect(rules(card).domains == ["example.com"] && policy.list != 0)
    #expect(
      policy.isRestricted && policy.sendRate == 0 && policy.receiveRate == 4096)
    let ranges = policy.ranges.map {
      [UInt64($0.prefix), UInt64($0.transport.rawValue), UInt64($0.first), UInt64($0.last)]
    }
    #expect(ranges == [[32, 0, 0, 0], [24, 17, 5, 6], [32, 6, 0, 65535]])
    #expect(rules(NICSpec(allowedDomains: [])).policy?.isRestricted == true)
  }

  @Test func aPortOfTheHostIsAskedForAgain() {
    let card = NICSpec(forwards: [ForwardSpec(guest: 22), ForwardSpec(guest: 80, host: 8080), ForwardSpec(guest: 443)])
    let plan = rules(card, saved: [saved(22, 30007), saved(80, 8080, automatic: false)])
    #expect(plan.closing.isEmpty)
    #expect(plan.opening.map(\.host) == [30007, 8080, 0] && plan.opening.map(\.isAutomatic) == [true, false, true])
  }

  @Test func whatIsNoLongerWantedIsClosed() {
    let before = [saved(22, 30007), saved(80, 8080, automatic: false)]
    #expect(rules(NICSpec(), saved: before).closing == before)
    // The same port, but another kind of request.
    let card = NICSpec(forwards: [ForwardSpec(guest: 22, host: 2222), ForwardSpec(guest: 80)])
    let plan = rules(card, saved: before)
    #expect(plan.closing == before && plan.opening.map(\.host) == [2222, 0])
    #expect(plan.settled([saved(22, 2222, automatic: false)]).closing.isEmpty)
  }

  @Test(arguments: [
    ("web", "web"), ("Web1", "web1"), ("web_1.a", "web-1-a"), ("a.", "a"), ("a-_", "a"),
    (String(repeating: "x", count: 63), String(repeating: "x", count: 63)),
  ])
  func namesBecomeLabels(name: String, label: String) { #expect(GuestName.label(name) == label) }

  @Test func aRecordOfAnEarlierReleaseIsRead() throws {
    let text = """
      {"schema": "procurator.record.v1", "id": "7d3f2a10-0000-4000-8000-000000000001", "createdAt": "2026-11-01T10:00:00Z",
       "desired": "off", "state": "stopped", "generation": 1, "story": [], "spec": {"name": "a", "labels": {}, "vcpus": 1,
       "memory": 67108864, "machine": "q35", "accel": "auto", "boot": {"firmware": "bios"}, "disks": [],
       "nics": [{"network": "default"}], "console": true, "agent": true, "restart": {"policy": "never"}},
       "ports": [{"nic": 0, "network": "default", "shard": 0, "host": 2, "tap": "pcr0-2", "mac": 1, "address": 2,
       "prefix": 24, "gateway": 1, "mtu": 1500}]}
      """
    var record = try Record.decoded(Data(text.utf8))
    #expect(record.forwards == nil && record.ports.first?.hasPolicy == nil)
    #expect(record.leases.map(\.slot.host) == [2] && record.rules.values.allSatisfy(\.isEmpty))

    // Intent first, then what came of it, then gone again.
    record.spec.nics = [NICSpec(allowedDomains: [], forwards: [ForwardSpec(guest: 22)])]
    record.expect(record.rules)
    #expect(record.forwards?.map(\.host) == [0] && record.ports.first?.hasPolicy == true)
    record.settle(0, [saved(22, 30001)])
    #expect(record.forwards?.map(\.host) == [30001])
    let again = try JSONDecoder().decode(Record.self, from: JSONEncoder().encode(record))
    #expect(again.forwards == record.forwards && again.ports == record.ports)
    record.spec.nics = [NICSpec()]
    let last = try #require(record.rules.values.first)
    #expect(last.closing.map(\.host) == [30001] && last.policy?.isRestricted == false)
    record.settle(0, [])
    #expect(record.forwards == nil && record.ports.first?.hasPolicy == nil)
  }
}

@Suite struct NetworkChangeTests {
  private func changed(
    _ nic: NICSpec = NICSpec(), saved: [SavedForward] = [], _ fill: (inout Procurator_Node_V1_NetworkChange) -> Void
  ) throws -> NICSpec {
    var nic = nic
    var change = Procurator_Node_V1_NetworkChange()
    fill(&change)
    try change.apply(to: &nic, saved)
    return nic
  }

  @Test func reachComesBeforeTheLists() throws {
    let isolated = try changed { $0.reach = .isolated }
    #expect(isolated.allowedDomains == [] && isolated.allowedAddresses == [])
    let one = try changed(NICSpec(allowedDomains: ["a.example"])) {
      $0.reach = .open
      $0.allowAddresses = ["10.0.0.0/8"]
    }
    #expect(one.allowedDomains == nil && one.allowedAddresses == [AddressRule(address: 10 << 24, prefix: 8)])
    // An emptied list stays, so that taking off the last one does not open everything.
    let last = try changed(NICSpec(allowedDomains: ["a.example"])) { $0.disallowDomains = ["A.example."] }
    #expect(last.allowedDomains == [] && last.isRestricted)
    #expect(throws: Failure.self) { try changed { $0.allowAddresses = ["nowhere"] } }
  }

  @Test func forwardsAreOpenedAndClosed() throws {
    let ssh = ForwardSpec(guest: 22)
    let web = ForwardSpec(guest: 80, host: 8080)
    let card = NICSpec(forwards: [ssh, web])
    let more = try changed(card) {
      $0.open = [
        .with { $0.guestPort = 22 },
        .with {
          $0.guestPort = 53; $0.protocol = "udp"
        },
      ]
    }
    #expect(more.forwards == [ssh, web, ForwardSpec(guest: 53, protocol: .udp)])
    #expect(try changed(card) { $0.close = [.with { $0.guestPort = 22 }] }.forwards == [web])
    #expect(
      try changed(card) {
        $0.close = [
          .with {
            $0.guestPort = 80; $0.hostPort = 81
          }
        ]
      }.forwards == [ssh, web])
    let chosen = SavedForward(nic: 0, protocol: .tcp, guest: 22, host: 30001, isAutomatic: true)
    let byHost = try changed(card, saved: [chosen]) {
      $0.close = [
        .with {
          $0.guestPort = 22; $0.hostPort = 30001
        }
      ]
    }
    #expect(byHost.forwards == [web])
    for bad in [(0, 0, ""), (70000, 0, "tcp"), (1, 70000, ""), (1, 1, "sctp")] {
      #expect(throws: Failure.self) {
        try changed {
          $0.open = [.with { ($0.guestPort, $0.hostPort, $0.protocol) = (UInt32(bad.0), UInt32(bad.1), bad.2) }]
        }
      }
    }
  }

  @Test func limitsAreSetAndLifted() throws {
    let limited = try changed { $0.sendBytesPerSecond = 4096 }
    #expect(limited.bandwidth == BandwidthSpec(send: 4096))
    #expect(try changed(limited) { $0.receiveBytesPerSecond = 1 << 20 }.bandwidth?.send == 4096)
    #expect(try changed(limited) { $0.sendBytesPerSecond = 0 }.bandwidth == nil)
  }
}
