import Failure
import Foundation
import Glibc
import IPCNames
import IPCPeer
import Linux
import Synchronization

/// What is around netdns: guests, and the internet.
extension Host {
  /// A guest in a slot.
  func guest(_ bridge: String, _ address: String, gateway: String, mac: [UInt8]? = nil) throws -> Guest {
    let name = "t" + String(UInt32.random(in: 0 ... .max), radix: 16)
    let tap = try TapDevice.open(name)
    try ip("link", "set", name, "master", bridge)
    try ip("link", "set", name, "up")
    return Guest(tap, address: IPv4.parse(address) ?? 0, gateway: IPv4.parse(gateway) ?? 0, mac: mac)
  }

  /// A connection from the host itself to the first gateway.
  func connectTCP(port: UInt16) throws -> Descriptor {
    let socket = Descriptor(owning: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x0a64_0001).bigEndian
    let raw = socket.raw
    try wait("it listens") {
      withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      } == 0
    }
    return socket
  }

  /// Runs something on a thread of its own, which may become another user.
  static func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) throws -> R {
    let outcome = ThreadOutcome<R>()
    Thread {
      outcome.result.withLock { $0 = Result { try body() } }
      outcome.done.signal()
    }.start()
    outcome.done.wait()
    guard let result = outcome.result.withLock({ $0 }) else { throw Errno(EIO) }
    return try result.get()
  }

  /// Says something to netdns, as a supervisor that goes away at once.
  func tell(_ body: (inout Connection) throws(Failure) -> Void) throws {
    var netdns = try Connection.open(names, peer: "netdns")
    _ = try netdns.call(Greet(client: "test"))
    try body(&netdns)
  }

  /// A resolver that stands for the internet's.
  func startInternet() throws {
    try ip("addr", "add", "9.9.9.53/32", "dev", "lo")
    let text = """
      keep-in-foreground
      pid-file
      user=root
      group=root
      listen-address=9.9.9.53
      bind-interfaces
      no-hosts
      no-resolv
      log-facility=-
      address=/example.com/93.184.215.14
      address=/example.com/2606:2800:21f::1
      address=/other.example/93.184.215.99
      address=/inside.example/10.1.2.3
      address=/intranet.example/10.1.2.4

      """
    try Files.replace(folder + "/internet.conf", with: Array(text.utf8), mode: 0o644)
    _ = try keep(["/usr/sbin/dnsmasq", "--conf-file=\(folder)/internet.conf"])
  }
}

/// What came of a thread.
private final class ThreadOutcome<R: Sendable>: Sendable {
  let result = Mutex<Result<R, any Error>?>(nil)
  let done = DispatchSemaphore(value: 0)
}
