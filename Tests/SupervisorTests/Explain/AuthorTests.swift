import Foundation
import GRPCCore
import Linux
import Testing

@testable import NodeClient
@testable import NodeCore
@testable import NodeService

/// Who has done something.
@Suite struct AuthorTests {
  @Test func words() {
    let alice = Caller.process(LocalProcess(uid: 1000, user: "alice", pid: 4711, socket: .operators))
    #expect(Author.caller(alice).word == "alice(1000)")
    #expect(Author.caller(alice).phrase == " by alice (uid 1000, pid 4711)")
    let nobody = Caller.process(LocalProcess(uid: 7, user: nil, pid: 0, socket: .readers))
    #expect(Author.caller(nobody).word == "uid 7")
    #expect(Author.caller(nobody).phrase == " by uid 7")
    #expect(Author.supervisor.phrase.isEmpty && Author.guest.word == "guest")
    #expect(Author.caller(alice).metadata["ACTOR_UID"] == "1000")
    #expect(Author.caller(alice).metadata["ACTOR_SOCKET"] == "operators")
  }

  @Test(arguments: ["", "0", "0 1 2", "x 1", "-1 5", "0 x", "4294967296 1"]) func headersThatAreNone(_ text: String) {
    #expect(PeerHeader.peer([PeerHeader.name: .string(text)]) == nil)
  }

  @Test func oneHeaderOnly() {
    var metadata: Metadata = [PeerHeader.name: "5 6"]
    #expect(PeerHeader.peer(metadata) == .process(uid: 5, pid: 6))
    metadata.addString("0 1", forKey: PeerHeader.name)
    #expect(PeerHeader.peer(metadata) == nil)
  }

  /// A directory server that does not answer keeps nobody waiting, and is asked once by many.
  @Test func namesThatComeLate() async {
    let gate = DispatchSemaphore(value: 0)
    let names = UserNames { uid in
      gate.wait()
      return "user\(uid)"
    }
    #expect(await names.name(of: 5) == nil)
    gate.signal()
    while await names.name(of: 5) == nil { await Task.yield() }
    #expect(await names.name(of: 5) == "user5")
  }

  @Test func namesOfThisHost() async {
    #expect(UserNames.ask(0) == "root")
    #expect(UserNames.ask(4_000_000_000) == nil)
  }

  @Suite(.serialized) struct AtTheSocket {
    /// Changes by two users, and where they are said.
    @Test func everyChangeHasItsAuthor() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", input: rig.bareSpec("web", extra: "nics: [{}]"))
        try Files.replace(rig.image("cd.iso"), with: [UInt8](repeating: 0, count: 1 << 20), mode: 0o644)
        chmod(rig.image("cd.iso"), 0o644)
        let changes: [([String], String)] = [
          (["cdrom", "insert", "web", rig.image("cd.iso")], "medium of CD drive 0 changed"),
          (["start", "web"], "start requested"), (["pause", "web"], "pause requested"),
          (["resume", "web"], "resume requested"), (["limit", "web", "--cpu-weight", "50"], "limits changed"),
          (["balloon", "web", "16MiB"], "balloon asked for"),
          (["network", "web", "--allow-domain", "example.com"], "network of NIC 0 changed"),
          (["disk", "attach", "web", "--name", "data", "--size", "1MiB"], "disk data attached"),
          (["nic", "attach", "web", "--network", "second"], "NIC 1 attached"),
          (["cdrom", "eject", "web", "--force"], "medium of CD drive 0 changed"),
          (["kill", "web"], "kill requested"), (["nic", "detach", "web", "1"], "NIC 1 detached"),
          (["disk", "resize", "web", "data", "2MiB"], "disk data has"),
          (["disk", "detach", "web", "data", "--delete"], "disk data detached"),
        ]
        for (words, _) in changes {
          let result = await rig.operate(words)
          #expect(result.status == 0, "\(words): \(result.error)")
        }
        let history = await rig.cli("status", "web", "--output", "json").output
        try await Self.expect(changes.map(\.1), rig)
        let uid = try Self.uid
        #expect(history.contains("start requested by \(Rig.user) (uid \(uid), pid "), "\(history)")
        for what in ["limits changed", "network of NIC 0 changed", "NIC 1 detached", "disk data detached"] {
          #expect(history.contains("\(what) by \(Rig.user) (uid \(uid), pid "), "\(what): \(history)")
        }
        let events = try await rig.events()
        // What follows from a request is nobody's.
        let running = try #require(events.first { $0["to"] as? String == "running" })
        #expect(running["actor"] as? String == "supervisor" && running["caller"] == nil)
        let created = try #require(events.first { $0["kind"] as? String == "created" })
        #expect(created["actor"] as? String == "root(0)")
        await rig.ok("delete", "web")
        let deleted = try #require(try await rig.events().last { $0["kind"] as? String == "deleted" })
        #expect(deleted["actor"] as? String == "root(0)")
        #expect(try Self.line("deleted", uid: 0, rig)?.contains("ACTOR=root(0)") == true)
      }
    }

    /// Who has netd remove what belongs to nothing.
    @Test func whoHadItMendedIsSaid() async throws {
      try await Rig.run { rig in
        try Command.must("/usr/sbin/ip", "-n", rig.namespace, "tuntap", "add", "dev", "stray", "mode", "tap")
        try Command.must("/usr/sbin/ip", "-n", rig.namespace, "link", "set", "stray", "alias", "procurator:spare")
        try await eventually("it is removed") {
          _ = await rig.operate(["audit", "--fix"])
          return await rig.ok("events").contains("interfaces removed that belong to no VM")
        }
        try await Self.expect(["1 interfaces removed that belong to no VM"], rig)
      }
    }

    /// Who has looked, or done something in a guest.
    @Test func everyAccessHasItsAuthor() async throws {
      try await Rig.run { rig in
        await rig.boot("web", extra: "display: vnc")
        let deeds: [([String], String)] = [
          (["console", "web", "--history", "none"], "console attached"),
          (["exec", "web", "--", "true"], "program run in the guest"),
          (["sync-time", "web"], "guest's clock set"), (["vnc", "web"], "screen opened"),
          (["screenshot", "web", rig.folder + "/run/picture.ppm"], "picture of the screen taken"),
        ]
        for (words, _) in deeds {
          let result = await rig.operate(words)
          #expect(result.status == 0, "\(words): \(result.error)")
        }
        unlink(rig.folder + "/run/picture.ppm")
        try await Self.expect(deeds.map(\.1), rig, kind: "access")
      }
    }

    private static var uid: Int { get throws { Int(try #require(getpwnam(Rig.user)).pointee.pw_uid) } }

    /// Each has an event and a line of the log in the name of the user who operates.
    private static func expect(_ deeds: [String], _ rig: Rig, kind: String? = nil) async throws {
      let (uid, events) = (try uid, try await rig.events())
      for what in deeds {
        let own = events.filter { ($0["what"] as? String)?.hasPrefix(what) == true }
        #expect(!own.isEmpty, "\(what)")
        for event in own {
          #expect(event["actor"] as? String == "\(Rig.user)(\(uid))", "\(what)")
          if let kind { #expect(event["kind"] as? String == kind) }
          let caller = try #require(event["caller"] as? [String: Any])
          #expect(caller["uid"] as? Int == uid && caller["user"] as? String == Rig.user)
          #expect(caller["socket"] as? String == "operators" && (caller["pid"] as? Int ?? 0) > 1)
        }
        #expect(try line(what, uid: uid, rig)?.contains("ACTOR=\(Rig.user)(\(uid))") == true, "\(what)")
      }
    }

    private static func line(_ what: String, uid: Int, _ rig: Rig) throws -> Substring? {
      try Files.readText(rig.supervisor.log).split(separator: "\n").first {
        $0.contains(what) && $0.contains("ACTOR_UID=\(uid)")
      }
    }

    /// What a client says about itself counts for nothing.
    @Test func nobodyBorrowsAName() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
        try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
          _ = try await node.daemon.startVM(.with { $0.vmID = "web" }, metadata: [PeerHeader.name: "1 1"])
        }
        let event = try #require(
          try await rig.events().first { ($0["what"] as? String)?.hasPrefix("start requested") == true })
        let caller = try #require(event["caller"] as? [String: Any])
        #expect(caller["uid"] as? Int == 0 && caller["pid"] as? Int == Int(getpid()))
      }
    }
  }
}

extension Rig {
  /// All events of this host.
  func events() async throws -> [[String: Any]] {
    await ok("events", "--output", "json").split(separator: "\n").compactMap { line in
      (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
    }
  }
}
