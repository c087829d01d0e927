import CLinux
import Foundation
import Glibc
import Linux
import Netlink
import Synchronization
import Testing

/// Tests of the library against the kernel, each in a network namespace of its own.
@Suite(.serialized, .enabled(if: geteuid() == 0, "needs root: makes network namespaces and interfaces"))
struct RealKernel {}

/// A network namespace that ends with the test, seen by the one thread that runs in it.
enum Namespace {
  /// Runs `body` on a fresh thread in a fresh namespace.
  static func run(_ body: @escaping @Sendable (inout RouteSocket) throws -> Void) throws {
    let outcome = Mutex<Result<Void, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
    Thread {
      let result = Result {
        try Errno.check(clinux_unshare_net())
        var route = try RouteSocket()
        try body(&route)
      }
      outcome.withLock { $0 = result }
      done.signal()
    }.start()
    done.wait()
    try #require(outcome.withLock { $0 }).get()
  }
}

extension RouteSocket {
  /// Makes a bridge that is up and tells its number.
  mutating func makeBridge(_ name: String) throws -> Int32 {
    var change = LinkChange()
    change.isUp = true
    change.isWithoutIPv6 = true
    try createBridge(name, change)
    return try #require(try link(name)).index
  }

  /// Makes a TAP that joins a bridge, ends with its descriptor and has no IPv6 of its own.
  mutating func makeTap(_ name: String, bridge: Int32, _ port: BridgePort? = nil) throws -> Descriptor {
    let tap = try TapDevice.open(name)
    _ = fcntl(tap.raw, F_SETFL, O_NONBLOCK)
    var joined = LinkChange()
    joined.isWithoutIPv6 = true
    joined.master = bridge
    joined.port = port
    joined.isUp = true
    try change(name, joined)
    return tap
  }
}

/// An Ethernet frame of 60 bytes behind an empty virtio-net header.
func send(_ tap: borrowing Descriptor, from source: UInt8, to destination: UInt8) throws {
  var frame = [UInt8](repeating: 0, count: 70)
  // Locally administered addresses 02:00:00:00:00:XX and an EtherType for experiments (IEEE 802).
  (frame[10], frame[15], frame[16], frame[21]) = (2, destination, 2, source)
  (frame[22], frame[23]) = (0x88, 0xb5)
  try #require(write(tap.raw, frame, frame.count) == frame.count)
}

/// The source addresses of the experimental frames that wait at a TAP.
func sources(at tap: borrowing Descriptor) -> [UInt8] {
  var found: [UInt8] = []
  var frame = [UInt8](repeating: 0, count: 2048)
  while read(tap.raw, &frame, frame.count) >= 24 {
    if frame[22] == 0x88, frame[23] == 0xb5 { found.append(frame[21]) }
  }
  return found
}

/// Waits until an experimental frame is at a TAP, at most 8 seconds, and takes what waits.
func receive(_ tap: borrowing Descriptor) throws -> [UInt8] {
  let end = Date().addingTimeInterval(8)
  while Date() < end {
    let found = sources(at: tap)
    if !found.isEmpty { return found }
    usleep(2_000)
  }
  return []
}
