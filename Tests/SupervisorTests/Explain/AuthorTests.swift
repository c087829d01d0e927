import Foundation
import GRPCCore
import Linux
import Testing

@testable import vmsupervisor

/// Who has done something.
@Suite struct AuthorTests {
  @Test func words() {
    let alice = Caller(uid: 1000, user: "alice", pid: 4711, socket: .operators)
    #expect(Author.caller(alice).word == "alice(1000)")
    #expect(Author.caller(alice).phrase == " by alice (uid 1000, pid 4711)")
    let nobody = Caller(uid: 7, user: nil, pid: 0, socket: .readers)
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
    #expect(PeerHeader.peer(metadata)?.uid == 5 && PeerHeader.peer(metadata)?.pid == 6)
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
        await rig.ok("create", "-f", "-", input: rig.bareSpec("web"))
        let uid = Int(getpwnam(Rig.user)?.pointee.pw_uid ?? 0)
        let changes: [([String], String)] = [
          (["start", "web"], "start requested"), (["pause", "web"], "pause requested"),
          (["resume", "web"], "resume requested"), (["limit", "web", "--cpu-weight", "50"], "limits changed"),
          (["disk", "attach", "web", "--name", "data", "--size", "1MiB"], "disk data attached"),
          (["kill", "web"], "kill requested"),
          (["disk", "resize", "web", "data", "2MiB"], "disk data has"),
        ]
        for (words, _) in changes {
          let setpriv = ["--reuid", Rig.user, "--regid", Rig.group, "--clear-groups", rig.bin + "/vmsupervisor"]
          let result = await Command.run(
            "/usr/bin/setpriv", setpriv + words,
            environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
          #expect(result.status == 0, "\(words): \(result.error)")
        }
        let story = await rig.cli("status", "web", "--output", "json").output
        let events = try await rig.events()
        for (_, what) in changes {
          let event = try #require(events.first { ($0["what"] as? String)?.hasPrefix(what) == true }, "\(what)")
          #expect(event["actor"] as? String == "\(Rig.user)(\(uid))", "\(what)")
          let caller = try #require(event["caller"] as? [String: Any])
          #expect(caller["uid"] as? Int == uid && caller["user"] as? String == Rig.user)
          #expect(caller["socket"] as? String == "operators" && (caller["pid"] as? Int ?? 0) > 1)
        }
        #expect(story.contains("start requested by \(Rig.user) (uid \(uid), pid "), "\(story)")
        // What follows from a wish is nobody's.
        let running = try #require(events.first { $0["to"] as? String == "running" })
        #expect(running["actor"] as? String == "supervisor" && running["caller"] == nil)
        let created = try #require(events.first { $0["kind"] as? String == "created" })
        #expect(created["actor"] as? String == "root(0)")
        await rig.ok("delete", "web")
        let deleted = try #require(try await rig.events().last { $0["kind"] as? String == "deleted" })
        #expect(deleted["actor"] as? String == "root(0)")
        let log = try Files.readText(rig.supervisor.log)
        for words in ["kill requested", "start requested", "limits changed"] {
          let line = log.split(separator: "\n").first { $0.contains(words) && $0.contains("ACTOR_UID=\(uid)") }
          #expect(line?.contains("ACTOR=\(Rig.user)(\(uid))") == true, "\(words)")
        }
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
