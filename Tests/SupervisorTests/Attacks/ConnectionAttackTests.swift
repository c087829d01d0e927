import Foundation
import Linux
import Testing

extension GuestTests {
  /// Members of the groups that may connect.
  @Suite(.serialized) struct ConnectionAttackTests {
    private static let bound: UInt64 = 400 << 20

    /// A host where group `Rig.readers` may look and group `nogroup` operate.
    private static func withReaders(_ body: (Rig, String) async throws -> Void) async throws {
      try await Rig.run { rig in
        try await rig.openReading()
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        try await body(rig, rig.readingSocket)
        await rig.ok("delete", "seen", "--force")
      }
    }

    private static func asUser(_ uid: Int, _ group: String, _ rig: Rig, _ socket: String) async -> Command.Result {
      await Command.run(
        "/usr/bin/setpriv",
        ["--reuid", "\(uid)", "--regid", group, "--clear-groups", rig.bin + "/vmsupervisor", "status"],
        environment: ["PROCURATOR_SOCKET": socket])
    }

    private static func descriptors(_ rig: Rig) -> Int {
      (try? Files.names(in: "/proc/\(rig.supervisor.pid)/fd"))?.count ?? 0
    }

    /// Connections without end to the socket for looking only.
    @Test func readersHaveSoManyConnections() async throws {
      let games = try #require(getgrnam(Rig.readers)).pointee.gr_gid
      try await Self.withReaders { rig, socket in
        let before = Self.descriptors(rig)
        let most = try await Bystanders(rig: rig, vm: "seen").watch("connections of readers") {
          let clients = RawClients(socket)
          for _ in 0..<20 { await clients.connect(100, uid: 2003, gid: games, saying: RawClients.greeting) }
          try await eventually("all but a few are closed", within: 60) { clients.open <= 16 }
          #expect(clients.open > 0, "these are let in")
          #expect(Self.descriptors(rig) < before + 64)
          #expect(await Self.asUser(2004, Rig.readers, rig, socket).status == 0, "another reader")
          let refused = await Self.asUser(2003, Rig.readers, rig, socket)
          #expect(refused.status != 0 && refused.error.contains("let no further connection in"), "\(refused.error)")
          #expect(await rig.cli("status").status == 0)
        }
        #expect(most < Self.bound)
        // The bystanders' consoles are events too.
        let events = await rig.ok("events", "--lines", "5000")
        #expect(
          events.contains("connection of uid 2003 to \(socket) refused: of its places it has 16 of 16"), "\(events)")
        #expect(events.components(separatedBy: "connection of uid 2003").count == 2, "said once, not 2000 times")
      }
    }

    /// The same by an operator: root and the supervisor's own user have a reserve.
    @Test func operatorsLeaveTheReserve() async throws {
      let group = try #require(getgrnam(Rig.group)).pointee.gr_gid
      try await Self.withReaders { rig, _ in
        let socket = rig.folder + "/run/vmsupervisor.sock"
        let most = try await Bystanders(rig: rig, vm: "seen").watch("connections of operators") {
          let clients = RawClients(socket)
          for uid in 2010..<2016 as Range<UInt32> {
            await clients.connect(200, uid: uid, gid: group, saying: RawClients.greeting)
          }
          try await eventually("so many are left", within: 60) { clients.open <= 448 }
          #expect(await rig.cli("status").status == 0)
          #expect(Self.descriptors(rig) < 600)
        }
        #expect(most < Self.bound)
      }
    }

    /// Who never speaks HTTP/2 is closed.
    @Test func whoSaysNothingGoes() async throws {
      try await Self.withReaders { rig, socket in
        for path in [socket, rig.folder + "/run/vmsupervisor.sock"] {
          let clients = RawClients(path)
          await clients.connect(4)
          await clients.connect(4, saying: Array("PRI * HT".utf8))
          try await eventually("they are closed", within: 60) { clients.open == 0 }
        }
      }
    }
  }
}
