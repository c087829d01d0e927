import Failure
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Linux
import NodeAPI
import Seeded
import Testing

@testable import NodeClient
@testable import NodeService

/// Requests that are larger than a socket takes.
@Suite struct MessageLimitTests {
  /// However the bytes are cut into pieces, the same lengths are read from them.
  @Test func lengthsAreReadAcrossPieces() {
    var random = SeededRandom("lengths of messages")
    for _ in 0..<2000 {
      let sizes = (0..<Int.random(in: 1...5, using: &random)).map { _ in Int.random(in: 0...300, using: &random) }
      let bytes = sizes.flatMap { size in
        [0, 0, 0, UInt8(size >> 8), UInt8(size & 0xff)] + [UInt8](repeating: 0xff, count: size)
      }
      var measure = MessageMeasure()
      var (rest, most) = (bytes[...], 0)
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...40, using: &random))
        most = max(most, measure.feed(piece) ?? 0)
        rest = rest.dropFirst(piece.count)
      }
      #expect(most == sizes.max())
    }
    var measure = MessageMeasure()
    #expect(measure.feed([0, 0xff, 0xff, 0xff, 0xff]) == Int(UInt32.max))
  }

  @Test func theStatusIsOneThatEveryClientReads() {
    let trailers = MessageLimit.trailers(MessageLimit.failure(9, 5, "/a.b/Get%\u{e9}"), withHead: true)
    #expect(trailers.first(name: ":status") == "200" && trailers.first(name: "grpc-status") == "3")
    #expect(
      trailers.first(name: "grpc-message")
        == "cannot take request Get%25%C3%A9: it has 9 bytes, and 5 are the most at this socket; send less at a time")
    #expect(trailers.first(name: "grpc-status-details-bin")?.isEmpty == false)
    #expect(MessageLimit.trailers(MessageLimit.failure(9, 5, ""), withHead: false).first(name: ":status") == nil)
  }
}

extension GuestTests {
  @Suite struct MessageLimitTests {
    @Test func whatIsTooLargeIsRefusedInWords() async throws {
      try await Rig.run { rig in
        try await rig.openReading()
        // By the command line: a document never gets that far, and at the socket for looking only a name does.
        let document = String(repeating: "#", count: 5 << 20)
        let refused = await rig.cli("create", "-f", "-", input: document)
        #expect(refused.status == 1, "\(refused.error)")
        #expect(refused.error.contains("it is longer than 1") && refused.error.contains("describes one VM"))
        let name = String(repeating: "x", count: 70_000)
        let long = await rig.reader(["status", name])
        #expect(long.status == 1, "\(long.error)")
        #expect(long.error.contains("cannot take request GetVMStatus: it has 7000"), "\(long.error)")
        #expect(long.error.contains("bytes, and 65536 are the most at this socket; send less at a time"))

        // By a client of gRPC that sends what it likes.
        let transport = try NodeTransport(
          target: .unixDomainSocket(path: rig.folder + "/run/vmsupervisor.sock"), transportSecurity: .plaintext)
        try await withGRPCClient(transport: transport) { client in
          let node = Limiquantix_Node_V1_NodeDaemonService.Client(wrapping: client)
          for size in [4 << 20, 5 << 20, 40 << 20] {
            let error = try await #require(throws: RPCError.self) {
              _ = try await node.createVM(.with { $0.document = String(repeating: "#", count: size) })
            }
            #expect(error.code == .invalidArgument, "\(error)")
            let words = "bytes, and \(4 << 20) are the most at this socket; send less at a time"
            #expect(error.message.hasPrefix("cannot take request CreateVM"), "\(error.message)")
            #expect(error.message.hasSuffix(words), "\(error.message)")
            #expect(
              Failure(error, operation: "x").code == .invalid
                && Failure(error, operation: "x").cause.contains("\(4 << 20)"))
          }
          // A stream that has begun ends so too, and the connection goes on.
          let guest = Procurator_Node_V1_Guest.Client(wrapping: client)
          let error = try await #require(throws: RPCError.self) {
            try await guest.execute { writer in
              try await writer.write(.with { $0.data = .init(repeating: 0, count: 5 << 20) })
            } onResponse: { response in
              for try await _ in response.messages {}
            }
          }
          #expect(error.message.contains("cannot take request Execute"), "\(error)")
          #expect(try await node.listVMs(.init()).vms.isEmpty)
        }
        #expect(await rig.cli("status").status == 0)
      }
    }
  }
}
