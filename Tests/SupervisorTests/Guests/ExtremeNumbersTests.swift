import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Linux
import NodeAPI
import Seeded
import SwiftProtobuf
import Testing

@testable import NodeClient

extension GuestTests {
  /// Numbers of requests that nobody would send: each is an answer or a refusal, and the supervisor goes on.
  @Suite struct ExtremeNumbersTests {
    private static let numbers: [UInt64] = [
      0, 1, 2, 511, 512, 1 << 20, UInt64(Int32.max), 1 << 31, UInt64(UInt32.max), 1 << 32, 1 << 53,
      UInt64(Int64.max) - 1,
      UInt64(Int64.max), 1 << 63, .max - 1, .max,
    ]

    /// A message with such numbers in its fields, as bytes on the wire: whatever type a field has, some of them fit it. The
    /// first field is the VM's name in all requests that have one.
    private static func bytes(_ vm: String?, depth: Int, _ random: inout SeededRandom) -> [UInt8] {
      func varint(_ number: UInt64) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 0x80 {
          bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
          rest >>= 7
        }
        return bytes + [UInt8(rest)]
      }
      var message: [UInt8] = []
      if let vm { message += varint(1 << 3 | 2) + varint(UInt64(vm.utf8.count)) + Array(vm.utf8) }
      // What is ours in the contract's messages begins at 1000.
      let fields = Array((vm == nil ? 1 : 2)...24 as ClosedRange<UInt64>) + Array(1000...1003)
      for field in fields where UInt8.random(in: 0..<3, using: &random) > 0 {
        if depth > 0, UInt8.random(in: 0..<8, using: &random) == 0 {
          let inner = bytes(nil, depth: depth - 1, &random)
          message += varint(field << 3 | 2) + varint(UInt64(inner.count)) + inner
        } else {
          message += varint(field << 3) + varint(numbers[Int.random(in: 0..<numbers.count, using: &random)])
        }
      }
      return message
    }

    private static func message<M: SwiftProtobuf.Message>(_ type: M.Type, _ random: inout SeededRandom) -> M {
      for _ in 0..<200 {
        if let message = try? M(serializedBytes: bytes("w", depth: 2, &random)) { return message }
      }
      return M()
    }

    private typealias Call = @Sendable (NodeConnection, CallOptions, inout SeededRandom) async throws -> Void

    private static let calls: [(String, Call)] = [
      (
        "CreateVM",
        { _ = try await $0.daemon.createVM(message(Limiquantix_Node_V1_CreateVMOnNodeRequest.self, &$2), options: $1) }
      ),
      (
        "GetVMLogs",
        { _ = try await $0.daemon.getVMLogs(message(Limiquantix_Node_V1_GetVMLogsRequest.self, &$2), options: $1) }
      ),
      (
        "ExecuteInGuest",
        {
          _ = try await $0.daemon.executeInGuest(
            message(Limiquantix_Node_V1_ExecuteInGuestRequest.self, &$2), options: $1)
        }
      ),
      (
        "ReadGuestFile",
        {
          _ = try await $0.daemon.readGuestFile(
            message(Limiquantix_Node_V1_ReadGuestFileRequest.self, &$2), options: $1)
        }
      ),
      (
        "WriteGuestFile",
        {
          _ = try await $0.daemon.writeGuestFile(
            message(Limiquantix_Node_V1_WriteGuestFileRequest.self, &$2), options: $1)
        }
      ),
      (
        "AttachDisk",
        { _ = try await $0.daemon.attachDisk(message(Limiquantix_Node_V1_AttachDiskRequest.self, &$2), options: $1) }
      ),
      (
        "AttachNIC",
        { _ = try await $0.daemon.attachNIC(message(Limiquantix_Node_V1_AttachNICRequest.self, &$2), options: $1) }
      ),
      (
        "DetachNIC",
        { _ = try await $0.daemon.detachNIC(message(Limiquantix_Node_V1_DetachNICRequest.self, &$2), options: $1) }
      ),
      (
        "ResizeVolume",
        {
          var resize = message(Limiquantix_Node_V1_ResizeVolumeRequest.self, &$2)
          (resize.poolID, resize.volumeID) = ("", "w/root")
          _ = try await $0.daemon.resizeVolume(resize, options: $1)
          (resize.vmID, resize.diskID) = ("w", "root")
          _ = try await $0.daemon.resizeVolume(resize, options: $1)
        }
      ),
      (
        "WaitForState",
        { _ = try await $0.node.waitForState(message(Procurator_Node_V1_WaitRequest.self, &$2), options: $1) }
      ),
      (
        "FollowLogs",
        {
          try await $0.node.followLogs(message(Procurator_Node_V1_LogsRequest.self, &$2), options: $1) { response in
            for try await _ in response.messages {}
          }
        }
      ),
      (
        "AttachConsole",
        {
          var first = Procurator_Node_V1_ConsoleInput()
          first.open = message(Procurator_Node_V1_ConsoleOpen.self, &$2)
          let open = first
          try await $0.node.attachConsole(options: $1) { writer in
            try await writer.write(open)
          } onResponse: { response in
            for try await output in response.messages where output.ended { return }
          }
        }
      ),
      (
        "ChangeNetwork",
        { _ = try await $0.node.changeNetwork(message(Procurator_Node_V1_NetworkChange.self, &$2), options: $1) }
      ),
      (
        "SetLimits",
        { _ = try await $0.limits.setLimits(message(Procurator_Node_V1_LimitsChange.self, &$2), options: $1) }
      ),
      (
        "SetBalloon",
        { _ = try await $0.limits.setBalloon(message(Procurator_Node_V1_BalloonRequest.self, &$2), options: $1) }
      ),
      (
        "Events",
        {
          try await $0.events.stream(message(Procurator_Node_V1_EventsRequest.self, &$2), options: $1) { response in
            for try await _ in response.messages {}
          }
        }
      ),
      (
        "Top",
        {
          try await $0.metrics.top(message(Procurator_Node_V1_TopRequest.self, &$2), options: $1) { response in
            for try await _ in response.messages {}
          }
        }
      ),
      ("Reboot", { _ = try await $0.life.reboot(message(Procurator_Node_V1_RebootRequest.self, &$2), options: $1) }),
      ("StopVM", { _ = try await $0.daemon.stopVM(message(Limiquantix_Node_V1_StopVMRequest.self, &$2), options: $1) }),
    ]

    @Test func numbersOfRequestsEndNothing() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("w", extra: "nics: [{network: default}]"))
        let socket = rig.folder + "/run/vmsupervisor.sock"
        let pid = rig.supervisor.pid
        for (name, call) in Self.calls {
          for round in 0..<4 {
            var options = CallOptions.defaults
            options.timeout = .seconds(1)
            let seed = "extreme numbers \(name) \(round)"
            try? await NodeConnection.with(socket: socket) { [options] node in
              var random = SeededRandom(seed)
              try await call(node, options, &random)
            }
            #expect(rig.supervisor.isAlive && rig.supervisor.pid == pid, "\(name) ended the supervisor")
            guard rig.supervisor.isAlive else { return try await rig.startSupervisor() }
          }
        }
        // Whether one of the stops was a small number of seconds is chance: what follows needs a VM that runs.
        await rig.ok("kill", "w")
        await rig.ok("start", "w")
        // Numbers that are known to have ended something, or to be near it.
        try await NodeConnection.with(socket: socket) { node in
          var options = CallOptions.defaults
          options.timeout = .seconds(5)
          for offset in Self.numbers {
            _ = try? await node.daemon.readGuestFile(
              .with {
                $0.vmID = "w"
                $0.path = "/dev/zero"
                $0.offset = offset
                $0.maxSize = 1
              }, options: options)
            try await node.node.followLogs(
              .with {
                $0.vm = "w"
                $0.fromOffset = offset
              }, options: options
            ) { response in for try await _ in response.messages {} }
          }
        }
        #expect(await rig.cli("status", "w").status == 0)
      }
    }
  }
}
