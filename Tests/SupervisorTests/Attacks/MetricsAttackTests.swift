import Foundation
import Linux
import Testing

extension GuestTests {
  /// Any user of the host may connect to the metrics.
  @Suite(.serialized) struct MetricsAttackTests {
    static let request = Array("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
    /// More than it needs, and a tenth of what it took when it answered without looking whether anybody reads.
    private static let bound: UInt64 = 400 << 20

    private static func withVM(_ body: (Rig, String) async throws -> Void) async throws {
      // Where is known when the rig is.
      try await Rig.run { rig in
        let socket = rig.folder + "/run/metrics.sock"
        let configuration = try Files.readText(rig.folder + "/supervisor.conf")
        await rig.supervisor.stop()
        try rig.write("supervisor.conf", configuration + "MetricsListen=unix:\(socket)\n")
        try await rig.startSupervisor()
        try await eventually("metrics are served") { Files.exists(socket) }
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        try await body(rig, socket)
        await rig.ok("delete", "seen", "--force")
      }
    }

    /// An honest scrape; the whole answer, nil if there was none.
    static func scrape(_ path: String, _ request: [UInt8] = request) async -> String? {
      await withCheckedContinuation { (continuation: CheckedContinuation<String?, Never>) in
        Thread.detachNewThread {
          guard let socket = try? UnixSocket.connect(path, .stream) else { return continuation.resume(returning: nil) }
          try? UnixSocket.limitWaiting(socket.raw, seconds: 60)
          _ = send(socket.raw, request, request.count, Int32(MSG_NOSIGNAL))
          var answer: [UInt8] = []
          var buffer = [UInt8](repeating: 0, count: 65536)
          while true {
            let got = recv(socket.raw, &buffer, buffer.count, 0)
            if got <= 0 { break }
            answer += buffer.prefix(got)
          }
          continuation.resume(returning: answer.isEmpty ? nil : String(decoding: answer, as: UTF8.self))
        }
      }
    }

    @Test func oneRequestOneAnswerAndTheEnd() async throws {
      try await Self.withVM { _, socket in
        let three = try #require(await Self.scrape(socket, Self.request + Self.request + Self.request))
        #expect(three.components(separatedBy: "HTTP/1.1 200").count == 2)
        #expect(three.contains("Connection: close") && three.contains("procurator_vm_state"))
        #expect(await Self.scrape(socket, Array("POST /metrics HTTP/1.1\r\n\r\n".utf8))?.contains("405") == true)
        #expect(await Self.scrape(socket, Array("GET / HTTP/1.1\r\n\r\n".utf8))?.contains("404") == true)
        let long =
          Array("GET /metrics HTTP/1.1\r\n".utf8) + Array(repeating: Array("X-A: b\r\n".utf8), count: 4000).joined()
        #expect(await Self.scrape(socket, long)?.contains(" 200 ") != true, "too long")
        let silent = RawClients(socket)
        await silent.connect(3)
        try await eventually("who asks nothing is closed", within: 60) { silent.open == 0 }
      }
    }

    /// Pipelined requests whose answers nobody reads.
    @Test func whoDoesNotReadTakesNoMemory() async throws {
      try await Self.withVM { rig, socket in
        let most = try await Bystanders(rig: rig, vm: "seen").watch("pipelined scrapes") {
          let clients = RawClients(socket)
          let flood = Array(repeating: Self.request, count: 100).flatMap(\.self)
          var (sent, honest) = (0, 0)
          while sent < 26 << 20 || honest < 20 {
            if clients.count < 64 { await clients.connect(64 - clients.count) }
            sent += clients.send(flood)
            if sent >> 20 > honest {
              honest += 1
              #expect(await Self.scrape(socket)?.contains("procurator_vm_state") == true, "an honest scrape")
            }
          }
        }
        #expect(most < Self.bound)
      }
    }

    /// Sockets that send a little now and then.
    @Test func whoIsSlowKeepsNobodyOut() async throws {
      try await Self.withVM { rig, socket in
        try await Bystanders(rig: rig, vm: "seen").watch("slow sockets at the metrics") {
          let clients = RawClients(socket)
          for round in 0..<20 {
            if clients.count < 128 { await clients.connect(128 - clients.count) }
            _ = clients.send(Array("X-\(round): a\r\n".utf8))
            #expect(await Self.scrape(socket)?.contains("procurator_vm_state") == true, "an honest scrape")
          }
        }
      }
    }
  }
}
