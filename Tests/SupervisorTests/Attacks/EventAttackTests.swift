import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Linux
import NodeAPI
import Testing

@testable import NodeClient
@testable import NodeCore

extension GuestTests {
  /// A reader that asks for all events, many times at once, and takes none.
  @Suite(.serialized) struct EventAttackTests {
    @Test func stalledReadersHoldLittleAndKeepNobodyWaiting() async throws {
      try await Rig.run { rig in
        try await rig.openReading {
          try Self.fill(EventSegments(folder: rig.folder + "/lib/events"))
          try Command.must("/usr/bin/chown", "-R", "\(Rig.user):\(Rig.group)", rig.folder + "/lib/events")
        }
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))

        let most = try await Bystanders(rig: rig, vm: "seen").watch("stalled readers of events") {
          try await withThrowingTaskGroup(of: Void.self) { group in
            // As many as readers may have, over four connections.
            for _ in 0..<4 { group.addTask { try await Self.stall(16, rig.readingSocket) } }
            let times = Times()
            for _ in 0..<20 {
              try await times.take {
                #expect(await rig.ok("events", "--lines", "3").split(separator: "\n").count >= 3)
              }
            }
            print("stalled readers of events: others' events \(times)")
            group.cancelAll()
          }
        }
        #expect(most < 400 << 20)
        await rig.ok("delete", "seen", "--force")
      }
    }

    /// Both files full.
    private static func fill(_ segments: EventSegments) throws {
      try Files.makeFolders(segments.folder)
      var sequence: UInt64 = 0
      for path in [segments.previous, segments.current] {
        var bytes: [UInt8] = []
        while bytes.count < EventLog.usualSegmentSize - 4096 {
          sequence += 1
          let event = HostEvent(
            vm: "11111111-2222-3333-4444-555555555555", name: "old", kind: .state, what: "running: event \(sequence)")
          bytes += EventLine.bytes(NumberedEvent(sequence: sequence, event))
        }
        try Files.replace(path, with: bytes, mode: 0o600)
      }
    }

    /// Calls whose answers nobody takes, until it is cancelled. The window is as small as that of most clients: what fits
    /// into it is sent at once.
    private static func stall(_ count: Int, _ socket: String) async throws {
      let transport = try NodeTransport(
        target: .unixDomainSocket(path: socket), transportSecurity: .plaintext,
        config: .defaults { $0.http2.targetWindowSize = 65_535 })
      try? await withGRPCClient(transport: transport) { client in
        let events = Procurator_Node_V1_Events.Client(wrapping: client)
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<count {
            group.addTask {
              try? await events.stream(.with { $0.last = .max }) { _ in try await Task.sleep(for: .seconds(3600)) }
            }
          }
        }
      }
    }
  }
}
