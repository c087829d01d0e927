import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// Metrics that the network may ask for: places go by the address that somebody comes from.
  @Suite(.serialized) struct MetricsAddressTests {
    /// Runs a request from an address, in the network namespace of the host, and gives the answer.
    private static func scrape(_ rig: Rig, from address: String) async -> String {
      await rig.inNetwork(
        "/usr/bin/curl", "--silent", "--max-time", "60", "--interface", address, "http://127.0.0.1:9477/metrics"
      ).output
    }

    /// Connections from one address that never end their request, made where `rig` has its network.
    private final class Slow: Sendable {
      private let sockets: [DescriptorCell]

      init(_ rig: Rig, from address: String, count: Int) throws {
        let space = try Files.open("/run/netns/" + rig.namespace, O_RDONLY)
        sockets = try Self.inNamespace(space.raw) {
          try (0..<count).map { _ in
            let socket = Descriptor(owning: try Errno.check(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)))
            try Self.with(address, 0) { try Errno.check(bind(socket.raw, $0, $1)) }
            try Self.with("127.0.0.1", 9477) { try Errno.check(connect(socket.raw, $0, $1)) }
            let words = Array("GET /metrics HTTP/1.1\r\nX-A: ".utf8)
            _ = send(socket.raw, words, words.count, Int32(MSG_NOSIGNAL))
            return DescriptorCell(socket)
          }
        }
      }

      /// How many the other side has closed.
      var closed: Int {
        sockets.count { cell in
          var isClosed = false
          cell.peek { raw in
            var byte: UInt8 = 0
            isClosed = recv(raw, &byte, 1, Int32(MSG_DONTWAIT)) == 0 || (errno != EAGAIN && errno != 0)
          }
          return isClosed
        }
      }

      private static func with(
        _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void
      ) rethrows {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        try withUnsafePointer(to: &place) { pointer in
          try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
          }
        }
      }

      /// Runs `body` on a thread that ends with it, in another network namespace.
      private static func inNamespace(
        _ space: Int32, _ body: @escaping @Sendable () throws -> [DescriptorCell]
      ) throws -> [DescriptorCell] {
        // setns(2), which Swift does not see: it is an extension of GNU.
        typealias Enter = @convention(c) (Int32, Int32) -> Int32
        let enter = unsafeBitCast(try #require(dlsym(nil, "setns")), to: Enter.self)
        let answer = Answer()
        Thread.detachNewThread {
          answer.give(
            Result {
              // CLONE_NEWNET of linux/sched.h.
              try Errno.check(enter(space, 0x4000_0000))
              return try body()
            })
        }
        return try answer.take().get()
      }
    }

    /// One answer from another thread.
    private final class Answer: @unchecked Sendable {
      // Proof of Sendable: written before the semaphore is signalled, read after it.
      private var result: Result<[DescriptorCell], any Error> = .success([])
      private let done = DispatchSemaphore(value: 0)

      func give(_ result: Result<[DescriptorCell], any Error>) {
        self.result = result
        done.signal()
      }

      func take() -> Result<[DescriptorCell], any Error> {
        done.wait()
        return result
      }
    }

    @Test func oneAddressKeepsNoOtherOut() async throws {
      try await Rig.run { rig in
        let configuration = try Files.readText(rig.folder + "/supervisor.conf")
        await rig.supervisor.stop()
        try rig.write("supervisor.conf", configuration + "MetricsListen=127.0.0.1:9477\n")
        try await rig.startSupervisor()
        try await eventually("metrics are served") {
          await Self.scrape(rig, from: "127.0.0.1").contains("procurator_build_info")
        }
        let slow = try Slow(rig, from: "127.0.0.66", count: 200)
        for _ in 0..<10 {
          #expect(await Self.scrape(rig, from: "127.0.0.2").contains("procurator_build_info"), "an honest scrape")
        }
        #expect(slow.closed > 0, "the oldest of the crowd went, not who came from elsewhere")
        #expect(
          await Self.scrape(rig, from: "127.0.0.66").contains("procurator_build_info"), "its address is not shut out")
        try await eventually("who never ends a request goes", within: 120) { slow.closed == 200 }
      }
    }
  }
}
