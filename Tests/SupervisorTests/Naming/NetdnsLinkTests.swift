import Failure
import Foundation
import IPC
import IPCNames
import Linux
import Testing

@testable import NodeCore
@testable import VMSpec

/// Names and domain lists are said once netdns is there, and again whenever it is another one.
@Suite(.serialized) struct NetdnsLinkTests {
  private static let (one, two) = (VMIdentity(high: 1, low: 1), VMIdentity(high: 1, low: 2))

  private static func rules(_ domains: [String]?, _ vm: VMIdentity) -> NetworkRules {
    NetworkRules(NICSpec(allowedDomains: domains), vm: vm, nic: 0, said: true, saved: [])
  }

  /// Runs `body` where a netdns may come and go.
  private static func run(_ body: (String, NetdnsLink) async throws -> Void) async throws {
    let folder = "/tmp/names-" + UUID().uuidString.prefix(8)
    try Files.makeFolders(folder, mode: 0o755)
    let path = folder + "/netdns.sock"
    do { try await body(path, NetdnsLink(path: path, rest: .milliseconds(100))) } catch {
      try? Files.removeFolder(folder)
      throw error
    }
    try Files.removeFolder(folder)
  }

  @Test func whatNobodyHeardIsSaidLater() async throws {
    try await Self.run { path, link in
      link.remember([ToldName(vm: Self.one, network: "default", name: "old")], [:])
      // Nobody is there: that is no reason not to start a VM.
      try await link.tell(ToldName(vm: Self.two, network: "default", name: "new"))
      let rules = Self.rules(["b.example", "a.example", "*.B.example"], Self.two)
      try await link.tell(rules, of: LeaseKey(vm: Self.two, nic: 0))
      for _ in 0..<2 {
        let netdns = try NamesStandIn(path)
        try await eventually("it knows everything") {
          try? await link.stayConnected()
          return netdns.names == ["new", "old"] && netdns.domains.count == 1
        }
        let number = try #require(rules.policy?.list)
        #expect(netdns.domains == [number: ["a.example", "b.example"]])
        netdns.end()
      }
      // What is over is not said again.
      await link.rest(vm: Self.two)
      await link.forget(vm: Self.one)
      let netdns = try NamesStandIn(path)
      try await eventually("it knows what is left") {
        try? await link.stayConnected()
        return netdns.names == ["new"]
      }
      #expect(netdns.domains.isEmpty)
      await link.forget(vm: Self.two)
      #expect(netdns.names.isEmpty)
      netdns.end()
    }
  }

  @Test func aNameOfAnotherUsersVMIsRefused() async throws {
    try await Self.run { path, link in
      let netdns = try NamesStandIn(path, refusing: "web")
      let failure = await #expect(throws: Failure.self) {
        try await link.tell(ToldName(vm: Self.one, network: "default", name: "web"))
      }
      #expect(failure?.code == .exists && failure?.part == .network)
      // The connection is as good as before.
      try await link.tell(ToldName(vm: Self.two, network: "default", name: "db"))
      #expect(netdns.names == ["db"])
      netdns.end()
    }
  }

  /// What a new netdns refuses is known, takes nothing else away, and is said again.
  @Test func whatIsRefusedIsShownAndSaidAgain() async throws {
    try await Self.run { path, link in
      let rules = Self.rules(["a.example"], Self.one)
      link.remember(
        [
          ToldName(vm: Self.one, network: "default", name: "web"),
          ToldName(vm: Self.two, network: "default", name: "db"),
        ], [LeaseKey(vm: Self.one, nic: 1): rules])
      let netdns = try NamesStandIn(path, refusing: "web")
      try await link.stayConnected()
      #expect(netdns.names == ["db"] && netdns.domains.count == 1)
      #expect(link.refusal(of: Self.one)?.code == .exists && link.refusal(of: Self.one)?.part == .network)
      #expect(link.refusal(of: Self.two) == nil)
      // Said by a start it is refused to that; the list of the other card stays.
      await #expect(throws: Failure.self) {
        try await link.tell(ToldName(vm: Self.one, network: "default", name: "web"))
      }
      #expect(link.refusal(of: Self.one) == nil)
      netdns.end()
      let second = try NamesStandIn(path, refusing: "db")
      try await eventually("it knows the list") {
        try? await link.stayConnected()
        return second.domains.count == 1
      }
      #expect(second.names.isEmpty && link.refusal(of: Self.two) != nil)
      second.permit()
      try await eventually("the name is free") {
        try? await link.stayConnected()
        return second.names == ["db"] && link.refusal(of: Self.two) == nil
      }
      second.end()
    }
  }

  /// Everything said again would come too fast again.
  @Test func whoComesTooFastKeepsTheConnection() async throws {
    try await Self.run { path, link in
      let netdns = try NamesStandIn(path)
      try await link.tell(ToldName(vm: Self.one, network: "default", name: "web"))
      netdns.hurry(3)
      try await link.tell(ToldName(vm: Self.two, network: "default", name: "db"))
      try await link.stayConnected()
      #expect(netdns.names == ["db", "web"] && netdns.connections == 1)
      // Who never gets through is no reason not to start a VM, and says it later.
      netdns.hurry(20)
      await link.forget(vm: Self.two)
      #expect(netdns.names == ["db", "web"])
      try await eventually("it has heard") {
        try? await link.stayConnected()
        return netdns.names == ["web"]
      }
      #expect(netdns.connections == 2)
      netdns.end()
    }
  }

  @Test func aDeletedVMsNameIsTakenBackWhenSomebodyIsThere() async throws {
    try await Self.run { path, link in
      link.remember([ToldName(vm: Self.one, network: "default", name: "old")], [:])
      await link.forget(vm: Self.one)
      // What was never said needs no taking back.
      await link.forget(vm: Self.two)
      let netdns = try NamesStandIn(path)
      try await eventually("it has heard") {
        try? await link.stayConnected()
        return netdns.nameless == [Self.one]
      }
      netdns.end()
    }
  }

  /// A netdns that lets nobody in costs a start its patience once, however many cards it has and however often it is tried.
  @Test func aNetdnsThatHangsKeepsNobodyWaitingTwice() async throws {
    try await Self.run { path, link in
      let listener = try UnixSocket.listen(path, .packets, mode: 0o600)
      try await link.tell(ToldName(vm: Self.one, network: "default", name: "web"))
      let attempts = Task { for _ in 0..<3 { try? await link.stayConnected() } }
      let began = ContinuousClock.now
      while ContinuousClock.now - began < .seconds(3) {
        let before = ContinuousClock.now
        try await link.tell(ToldName(vm: Self.two, network: "default", name: "db"))
        #expect(ContinuousClock.now - before < .seconds(1))
        try await Task.sleep(for: .milliseconds(50))
      }
      await attempts.value
      _ = consume listener
    }
  }

  /// The same list has the same number whoever asks, and it is what netd made of it when it knew the domains.
  @Test func numbersOfListsStay() {
    #expect(ListNumber.of(uid: 1000, network: "default", ["b.example", "a.example"]) == 0x358c_2996)
    let all: Set<UInt32> = [
      ListNumber.of(uid: 1000, network: "default", ["a.example", "b.example"]),
      ListNumber.of(uid: 1000, network: "default", ["b.example", "a.example", "a.example"]),
      ListNumber.of(uid: 1001, network: "default", ["a.example", "b.example"]),
      ListNumber.of(uid: 1000, network: "lab", ["a.example", "b.example"]),
      ListNumber.of(uid: 1000, network: "default", ["a.example"]),
    ]
    #expect(all.count == 4 && !all.contains(0))
  }
}
