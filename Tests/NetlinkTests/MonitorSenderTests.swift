import CMnl
import Foundation
import Glibc
import Testing

@testable import Netlink

extension RealKernel {
  /// Who may send netlink messages to processes could tell of changes that never were.
  @Suite struct MonitorSenderTests {
    @Test func newsOfAnotherProcessAreNone() throws {
      try Namespace.run { _ in
        let monitor = try NetfilterMonitor()
        _ = try monitor.drain(limit: 64, table: "mine") { _ in false }
        var own = sockaddr_nl()
        var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let named = withUnsafeMutablePointer(to: &own) { pointer in
          pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(monitor.raw, $0, &length) }
        }
        try #require(named == 0 && own.nl_pid != 0)
        let forger = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_NETFILTER)
        try #require(forger >= 0)
        defer { close(forger) }
        // In the kernel's own form: NFT_MSG_NEWTABLE of `mine`, and a new generation.
        let notifications = Self.message(NFT_MSG_NEWTABLE.rawValue, Int(NFTA_TABLE_NAME.rawValue), Array("mine\0".utf8))
        let generation = Self.message(NFT_MSG_NEWGEN.rawValue, Int(NFTA_GEN_ID.rawValue), [0, 0, 0, 99])
        // The form itself is one that would be believed.
        var heard = FilterChanges()
        for bytes in [notifications, generation] {
          bytes.withUnsafeBytes { raw in
            var walk = MessageWalk(raw)
            while let message = walk.next() { heard.read(message, "mine") { _ in false } }
          }
        }
        try #require(heard == FilterChanges(isTouched: true, generation: 99))
        for bytes in [notifications, generation] {
          let sent = withUnsafePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
              sendto(forger, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
          }
          try #require(sent == bytes.count, "\(String(cString: strerror(errno)))")
        }
        #expect(try monitor.drain(limit: 64, table: "mine") { _ in false } == FilterChanges())
      }
    }

    private static func message(_ kind: UInt32, _ attribute: Int, _ value: [UInt8]) -> [UInt8] {
      let padded = value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
      var header = nlmsghdr(
        nlmsg_len: UInt32(16 + 4 + 4 + padded.count), nlmsg_type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(kind),
        nlmsg_flags: 0, nlmsg_seq: 0, nlmsg_pid: 0)
      var bytes = withUnsafeBytes(of: &header) { Array($0) }
      bytes += [UInt8(AF_BRIDGE), 0, 0, 0]
      for half in [UInt16(4 + value.count), UInt16(attribute)] { bytes += withUnsafeBytes(of: half) { Array($0) } }
      return bytes + padded
    }
  }
}
