import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// A supervisor that may have few files open, and users who take what they can.
  @Suite(.serialized) struct FewDescriptorsTests {
    private static func start(_ rig: Rig, files: Int) throws {
      try rig.supervisor.start([
        "/usr/sbin/ip", "netns", "exec", rig.namespace, "/usr/bin/prlimit", "--nofile=\(files):\(files)",
        "/usr/bin/setpriv", "--reuid", Rig.user, "--regid", Rig.group, "--clear-groups", rig.bin + "/vmsupervisor",
        "daemon", "--config", rig.folder + "/supervisor.conf",
      ])
    }

    private static func descriptors(_ rig: Rig) -> Int {
      (try? Files.names(in: "/proc/\(rig.supervisor.pid)/fd"))?.count ?? 0
    }

    @Test func tooFewAreRefusedInWords() async throws {
      try await Rig.run { rig in
        await rig.supervisor.stop()
        try Self.start(rig, files: 200)
        try await eventually("it has ended") { !rig.supervisor.isAlive }
        let log = try Files.readText(rig.supervisor.log)
        #expect(log.contains("it may have 200 files open, and needs 256; raise the limit: LimitNOFILE="), "\(log)")
        try await rig.startSupervisor()
      }
    }

    @Test func whileTheyRunOutOperatorsAreServed() async throws {
      let group = try #require(getgrnam(Rig.group)).pointee.gr_gid
      try await Rig.run { rig in
        await rig.supervisor.stop()
        try Self.start(rig, files: 256)
        try await eventually("the supervisor answers") { await rig.cli("status").status == 0 }
        #expect(try Files.readText(rig.supervisor.log).contains("it may have 256 files open: "))
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("first"))
        let pid = rig.supervisor.pid
        // Everybody of the group takes all that is given.
        let clients = RawClients(rig.folder + "/run/vmsupervisor.sock")
        for uid in 2010..<2020 as Range<UInt32> {
          await clients.connect(60, uid: uid, gid: group, saying: RawClients.greeting)
        }
        try await eventually("what is too much was turned away") { clients.open < 64 }
        // Guests until there is no room.
        var refusal: Command.Result?
        for number in 0..<60 where refusal == nil {
          let made = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("more\(number)"))
          if made.status != 0 { refusal = made }
        }
        let refused = try #require(refusal, "sixty guests fit into 256 descriptors")
        #expect(refused.status == 75 || refused.status == 1, "\(refused.status)")
        #expect(
          refused.error.contains("of 256 files open") && refused.error.contains("LimitNOFILE="), "\(refused.error)")
        // Root gets in, and what runs is looked after; it is the same process as before.
        for _ in 0..<20 { await rig.ok("status") }
        await rig.ok("pause", "first")
        await rig.ok("resume", "first")
        #expect(await rig.status("first").state == "running")
        #expect(rig.supervisor.isAlive && rig.supervisor.pid == pid && Self.descriptors(rig) < 256)
        _ = consume clients
        // There is room again as soon as some of it is given back.
        for name in await rig.ok("status", "--output", "name").split(separator: "\n") where name != "first" {
          await rig.ok("delete", String(name), "--force")
        }
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("last"))
      }
    }
  }
}
