import Foundation
import Glibc
import Linux
import NodeAPI
import NodeClient
import Testing

extension GuestTests {
  /// Screens over TCP, for viewers that know the contract alone.
  @Suite(.serialized) struct ScreenPeerTests {
    @Test func aViewerElsewhereSeesTheScreen() async throws {
      try await Rig.run { rig in
        // Nobody may come before the administrator says where.
        let early = await rig.cli(
          "create", "-f", "-", input: rig.bareSpec("seen", extra: "display: vnc\nvncPort: 5930"))
        #expect(early.status == 1 && early.error.contains("[VNC]"), "\(early.status) \(early.error)")
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("local", extra: "display: vnc"))
        #expect(await rig.cli("vnc", "local", "--network").error.contains("shows no screens over TCP"))
        try Files.makeFolders(rig.folder + "/supervisor.conf.d", mode: 0o755)
        try rig.write(
          "supervisor.conf.d/vnc.conf", "[VNC]\nListen=127.0.0.1\nPorts=5930-5932\nPasswordLifetime=600\n")
        try await rig.openNetwork()

        for (port, word) in [(6000, "5930-5932"), (80, "1024")] {
          let spec = rig.bareSpec("seen", extra: "display: vnc\nvncPort: \(port)")
          #expect(await rig.cli("create", "-f", "-", input: spec).error.contains(word))
        }
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen", extra: "display: vnc\nvncPort: 5930"))
        let second = await rig.cli("create", "-f", "-", input: rig.bareSpec("x", extra: "display: vnc\nvncPort: 5930"))
        #expect(second.error.contains("the port of seen"), "\(second.error)")

        // Its firmware changes the size once, when it begins.
        try await eventually("the firmware shows text") { try await rig.screenSize("seen") == "720 400" }
        let result = await rig.peer("screen.py", "alice", Rig.schemas, "seen")
        try #require(result.status == 0, "\(result.output) \(result.error)")
        let answer = PeerAnswers(result.output).answer
        let console = answer("console")
        #expect(console["host"] as? String == "127.0.0.1" && console["port"] as? Int == 5930, "\(console)")
        #expect((console["password"] as? String)?.utf8.count == 8 && console["type"] as? String == "vnc")
        // What QEMU itself takes a picture of has the same size.
        let seen = answer("seen")
        #expect(seen["width"] as? Int == 720 && seen["height"] as? Int == 400, "\(seen)")
        #expect(seen["bytes"] as? Int == seen["expected"] as? Int && (seen["bytes"] as? Int ?? 0) > 1 << 20, "\(seen)")
        func refused(_ what: String) -> String { answer(what)["refused"] as? String ?? "" }
        #expect(refused("guessed").contains("wrong") && !refused("again").isEmpty)
        #expect(answer("newer")["width"] != nil && answer("older")["width"] != nil)
        #expect(answer("planned")["port"] as? Int == 5931 && answer("planned seen")["width"] != nil)
        let fixed = PeerAnswers(result.output).fault("fixed password")
        #expect(fixed.hasPrefix("FAILED_PRECONDITION: ") && fixed.contains("console.vnc_password"), "\(fixed)")
        let line = await rig.hypervisorLine("planned")
        for part in ["strict=on", "virtio-tablet-pci", "\"bootindex\":2,\"drive\":\"disk1\""] {
          #expect(line.contains(part), "\(line)")
        }
        await rig.ok("delete", "planned", "--force")
        for what in ["a password for its screen given out", "looks at its screen", "was refused"] {
          try await eventually("it is an event: \(what)") { await rig.ok("events", "seen").contains(what) }
        }

        // One that comes late.
        try rig.write(
          "supervisor.conf.d/vnc.conf", "[VNC]\nListen=127.0.0.1\nPorts=5930-5932\nPasswordLifetime=1\n")
        await rig.supervisor.stop()
        try await rig.startSupervisor()
        try await eventually("it listens again") { await rig.remote("alice", "status").status == 0 }
        let late = await rig.peer("screen.py", "alice", Rig.schemas, "seen", "late")
        let words = PeerAnswers(late.output).answer("late")["refused"] as? String ?? ""
        #expect(words.contains("no password is valid now"), "\(late.output) \(late.error)")

        // Of one that runs since before there was an address it is said too, and the port goes with the VM.
        let place = await rig.ok("vnc", "local", "--network")
        #expect(place.contains("127.0.0.1:5932"), "\(place)")
        for port in [5930, 5932] { #expect(await rig.isListening(port)) }
        await rig.ok("kill", "seen")
        try await eventually("the port is free") { await !rig.isListening(5930) }
        #expect(await rig.cli("vnc", "seen", "--network").status == 3)
        await rig.ok("delete", "local", "--force")
        try await eventually("and the other") { await !rig.isListening(5932) }
      }
    }

    /// A port that somebody else has is said, and tried again.
    @Test func aTakenPortIsSaid() async throws {
      try await Rig.run { rig in
        try Files.makeFolders(rig.folder + "/supervisor.conf.d", mode: 0o755)
        try rig.write("supervisor.conf.d/vnc.conf", "[VNC]\nListen=127.0.0.1\nPorts=5940\n")
        await rig.supervisor.stop()
        try await rig.startSupervisor()
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("first", extra: "display: vnc"))
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("second", extra: "display: vnc"))
        #expect(await rig.ok("vnc", "first", "--network").contains("127.0.0.1:5940"))
        let none = await rig.cli("vnc", "second", "--network")
        #expect(none.error.contains("no port could be had"), "\(none.error)")
        #expect(await rig.ok("status", "second").contains("Ports="))
        await rig.ok("delete", "first", "--force")
        try await eventually("it gets the port") {
          await rig.cli("vnc", "second", "--network").output.contains("127.0.0.1:5940")
        }
        // The next supervisor has it too.
        await rig.supervisor.kill9()
        try await rig.startSupervisor()
        #expect(await rig.ok("vnc", "second", "--network").contains("127.0.0.1:5940"))
        await rig.ok("delete", "second", "--force")
      }
    }
  }
}

extension Rig {
  /// Width and height of the picture that QEMU takes of a screen.
  fileprivate func screenSize(_ vm: String) async throws -> String {
    let file = folder + "/size.ppm"
    await ok("screenshot", vm, file)
    defer { unlink(file) }
    let head = String(decoding: try Files.read(file, limit: 1 << 24).prefix(20), as: UTF8.self)
    return String(head.split(separator: "\n").dropFirst().first ?? "")
  }

  /// Whether somebody listens at that port of the host.
  fileprivate func isListening(_ port: Int) async -> Bool {
    await Command.run(
      "/usr/sbin/ip", ["netns", "exec", namespace, "/usr/bin/ss", "-Hltn", "sport = :\(port)"], environment: [:]
    ).output.contains(":\(port)")
  }
}
