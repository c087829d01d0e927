import Access
import Certificates
import Failure
import FoundationEssentials
import Glibc
import Linux
import NodeAPI
import Synchronization
import Testing
import Text

@testable import NodeClient
@testable import NodeService

/// The network: who is let in, as whom, and who is not.
@Suite struct NetworkTests {
  @Test func whoShowsACertificateIsKnownByIt() async throws {
    try await NetworkRig.run { rig in
      for (role, word) in [
        (Role.operator, "alice[operator]"), (.controlPlane, "alice[control-plane]"), (.readOnly, "alice[read-only]"),
      ] {
        let node = rig.node(try rig.credentials(role, "alice"))
        #expect(try await rig.whoAmI(node) == word)
      }
      #expect(rig.refusals.withLock { $0 } == [])
    }
  }

  @Test func rolesMayWhatTheyMay() async throws {
    try await NetworkRig.run { rig in
      try await rig.stop(rig.node(try rig.credentials(.operator, "op")))
      try await rig.stop(rig.node(try rig.credentials(.controlPlane, "plane")))
      for (role, cause) in [(Role.readOnly, "for looking only"), (.node, "for nodes that hand VMs over")] {
        let node = rig.node(try rig.credentials(role, "eve"))
        let failure = try await #require(throws: Failure.self) { try await rig.stop(node) }
        #expect(failure.code == .denied && failure.cause.contains(cause) && failure.object == "Stop", "\(failure)")
        #expect(failure.cause.contains("eve (\(role.rawValue) at 127.0.0.1, certificate "), "\(failure)")
      }
      let peer = rig.node(try rig.credentials(.node, "peer"))
      let failure = try await #require(throws: Failure.self) { _ = try await rig.whoAmI(peer) }
      #expect(failure.code == .denied, "\(failure)")
    }
  }

  /// Whose certificate is not good, and what both sides are told.
  @Test(arguments: ["foreign", "expired", "revoked", "none"]) func whoIsNotLetIn(_ fault: String) async throws {
    try await NetworkRig.run { rig in
      var credentials: ClientCredentials?
      var said = ""
      switch fault {
      case "foreign":
        let other = Authority(folder: rig.folder + "/other")
        _ = try other.make(name: "elsewhere", days: 10, now: Date())
        credentials = try rig.credentials(.operator, "mallory", by: other)
        said = "authorit"
      case "expired":
        credentials = try rig.credentials(.operator, "mallory", now: Date(timeIntervalSinceNow: -400 * 86400))
        said = "expired"
      case "revoked":
        credentials = try rig.credentials(.operator, "mallory")
        _ = try rig.authority.revoke("mallory", now: Date())
        try rig.publishList()
        try await rig.reload()
        said = "revoked"
      default: credentials = nil
      }
      let node = rig.node(credentials)
      let failure = try await #require(throws: Failure.self) { _ = try await rig.whoAmI(node) }
      #expect([.denied, .unavailable].contains(failure.code) && failure.object == "\(rig.address)", "\(failure)")
      #expect(!failure.remedy.isEmpty, "\(failure)")
      if !said.isEmpty {
        let refusals = rig.refusals.withLock { $0 }
        #expect(refusals.contains { $0.hasPrefix("127.0.0.1: ") && $0.contains(said) }, "\(refusals)")
      }
      let alice = rig.node(try rig.credentials(.operator, "alice"))
      #expect(try await rig.whoAmI(alice) == "alice[operator]", "others are served")
    }
  }

  /// A caller that is shown something else than the node that it means goes no further.
  @Test func aNodeIsKnownToo() async throws {
    try await NetworkRig.run { rig in
      let mine = try rig.credentials(.operator, "alice")
      #expect(try await rig.whoAmI(rig.node(mine, serverName: "n1.lab")) == "alice[operator]")
      var failure = try await #require(throws: Failure.self) {
        _ = try await rig.whoAmI(rig.node(mine, serverName: "n2.lab"))
      }
      #expect(
        failure.code == .denied && failure.operation == "trust the node at" && failure.cause.contains("n2.lab"),
        "\(failure)")
      let other = Authority(folder: rig.folder + "/other")
      _ = try other.make(name: "elsewhere", days: 10, now: Date())
      var foreign = mine
      foreign.authorities = try Files.readText(rig.folder + "/other/ca.pem")
      foreign.revoked = nil
      let elsewhere = rig.node(foreign)
      failure = try await #require(throws: Failure.self) { _ = try await rig.whoAmI(elsewhere) }
      #expect(failure.code == .denied && failure.operation == "trust the node at", "\(failure)")
    }
  }

  /// A list that is named and is not there, or is empty, is not one on which nobody stands.
  @Test func aListThatCannotBeReadLetsNobodyPass() async throws {
    try await NetworkRig.run { rig in
      let path = rig.folder + "/node/crl.pem"
      try Files.replace(path, with: Array(" \n".utf8))
      let empty = try await #require(throws: Failure.self) { try await rig.reload() }
      #expect(empty.code == .invalid && empty.object == path && empty.cause == "it is empty", "\(empty)")
      try Files.replace(path, with: Array("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n".utf8))
      let broken = try await #require(throws: Failure.self) { try await rig.reload() }
      #expect(broken.code == .invalid, "\(broken)")
      unlink(path)
      let missing = try await #require(throws: Failure.self) { try await rig.reload() }
      #expect(missing.code == .notFound && missing.object == path, "\(missing)")
    }
  }

  /// What goes on while something is changed.
  private final class Traffic: Sendable {
    private let state = Mutex((isOver: false, heard: 0))
    var isOver: Bool { state.withLock { $0.isOver } }
    var heard: Int { state.withLock { $0.heard } }
    func end() { state.withLock { $0.isOver = true } }
    func hear() { state.withLock { $0.heard += 1 } }
  }

  /// Certificates, authorities and lists are changed while calls come without end, and not one of them fails.
  @Test func nothingFailsWhileCertificatesAreChanged() async throws {
    try await NetworkRig.run { rig in
      let alice = rig.node(try rig.credentials(.operator, "alice"))
      let eve = rig.node(try rig.credentials(.operator, "eve"))
      let traffic = Traffic()
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<3 {
          group.addTask { () async throws -> Int in
            var calls = 0
            while !traffic.isOver {
              let word = try await rig.whoAmI(alice)
              #expect(word == "alice[operator]")
              calls += 1
            }
            return calls
          }
        }
        // A stream that goes on, of somebody who is revoked meanwhile.
        group.addTask {
          do {
            try await NodeConnection.with(eve) { node in
              try await node.events.stream(.with { $0.follow = true }) { response in
                for try await _ in response.messages { traffic.hear() }
              }
            }
            Issue.record("she goes on")
          } catch {}
          return 0
        }
        for round in 0..<5 {
          _ = try rig.authority.issue(
            CertificateOrder(role: .node, name: "n\(round)", addresses: ["127.0.0.1"]), to: rig.folder + "/node",
            replacing: true, now: Date())
          try await rig.reload()
          try await Task.sleep(for: .milliseconds(50))
        }
        while traffic.heard < 3 { try await Task.sleep(for: .milliseconds(10)) }
        _ = try rig.authority.revoke("eve", now: Date())
        try rig.publishList()
        try await rig.reload()
        // What does not belong together is not taken.
        try Files.replace(rig.folder + "/node/node.key", with: Files.read(rig.folder + "/authority/ca.key"))
        let failure = try await #require(throws: Failure.self) { try await rig.reload() }
        #expect(failure.code == .invalid && failure.object.hasSuffix("/node.pem"), "\(failure)")
        #expect(try await rig.whoAmI(alice) == "alice[operator]")
        traffic.end()
        let calls = try await group.reduce(0, +)
        print("\(calls) calls while certificates changed")
        #expect(calls > 3)
      }
      // Her client tries to come back.
      let refusals = rig.refusals.withLock { $0 }
      #expect(refusals.allSatisfy { $0.contains("was revoked at") }, "\(refusals)")
    }
  }

  @Test(arguments: ["127.0.0.1:0:9", "", ":9090", "[::1]", "host", "::1:9090", "a:b:1", "h:0", "h:65536", "h:x"])
  func whatIsNoAddress(_ text: String) {
    #expect(NetworkAddress(text) == nil)
  }

  @Test func addresses() {
    #expect(NetworkAddress("10.0.0.5:9090") == NetworkAddress(host: "10.0.0.5", port: 9090))
    #expect(NetworkAddress("[fe80::1]:1")?.host == "fe80::1")
    #expect(NetworkAddress("[::1]", port: 7)?.description == "[::1]:7")
    #expect(NetworkAddress("node1.lab", port: 9090)?.description == "node1.lab:9090")
    #expect(Entrance.network(of: "2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
    #expect(Entrance.network(of: "10.0.0.5") == "10.0.0.5")
    #expect(Entrance.network(of: "::ffff:10.0.0.5") == "::ffff:10.0.0.5")
  }
}
