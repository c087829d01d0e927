import CMnl
import Foundation
import Glibc
import Testing

@testable import Netlink

extension RealKernel {
  /// Who may send netlink messages to processes (CAP_NET_ADMIN) could answer in the kernel's place.
  @Suite struct SenderTests {
    @Test func whatAnotherProcessAnswersIsNotHeard() throws {
      try Namespace.run { route in
        let target = try #require(try Self.ports().first)
        let forger = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        try #require(forger >= 0)
        defer { close(forger) }
        // Refusals of the next requests, in the form and with the numbers of the kernel's own.
        for sequence in 1...8 as ClosedRange<UInt32> {
          try Self.refuse(sequence, of: target, through: forger)
        }
        #expect(try route.link("lo")?.index == 1)
        #expect(try route.makeBridge("br-real") > 1)
        #expect(try route.link("br-real") != nil)
      }
    }

    /// Ports of the rtnetlink sockets in this namespace (`/proc/net/netlink`: sk, Eth, Pid).
    private static func ports() throws -> [UInt32] {
      let table = try String(contentsOfFile: "/proc/thread-self/net/netlink", encoding: .utf8)
      var ports: [UInt32] = []
      for line in table.split(separator: "\n").dropFirst() {
        let words = line.split(separator: " ")
        guard words.count > 2, words[1] == "0", let port = UInt32(words[2]), port != 0 else { continue }
        ports.append(port)
      }
      return ports
    }

    private static func refuse(_ sequence: UInt32, of port: UInt32, through forger: Int32) throws {
      var message = nlmsghdr(
        nlmsg_len: 36, nlmsg_type: UInt16(NLMSG_ERROR), nlmsg_flags: 0, nlmsg_seq: sequence, nlmsg_pid: port)
      var bytes = withUnsafeBytes(of: &message) { Array($0) }
      bytes += withUnsafeBytes(of: -EPERM) { Array($0) }
      bytes += withUnsafeBytes(of: &message) { Array($0) }
      var address = sockaddr_nl()
      address.nl_family = sa_family_t(AF_NETLINK)
      address.nl_pid = port
      let sent = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(forger, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
        }
      }
      try #require(sent == bytes.count, "\(String(cString: strerror(errno)))")
    }
  }
}
