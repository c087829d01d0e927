import Failure
import Glibc
import Linux
import Netlink

/// The end of a cable: a TAP that is held.
final class Cable {
  private var tap: Descriptor?
  /// The header in front of each frame without offloads (struct virtio_net_hdr, linux/virtio_net.h).
  private let header = [UInt8](repeating: 0, count: 10)

  init(_ tap: consuming Descriptor) { self.tap = consume tap }

  /// Lets go of it.
  func unplug() { tap = nil }

  /// -1, which the kernel refuses, once it is unplugged.
  private var raw: Int32 { tap?.raw ?? -1 }

  func send(_ frame: [UInt8]) throws {
    let bytes = header + frame
    guard write(raw, bytes, bytes.count) == bytes.count else { throw Errno(errno) }
  }

  /// The next frame, nil if none comes in time.
  func receive(milliseconds: Int32) throws -> [UInt8]? {
    var waiting = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, milliseconds) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(raw, &buffer, buffer.count)
    guard count >= header.count else { throw Errno(errno) }
    return Array(buffer[header.count..<count])
  }

  /// What arrives until a frame does that is waited for, that one last.
  func frames(until last: [UInt8], seconds: Int64 = 10) throws -> [[UInt8]] {
    var frames: [[UInt8]] = []
    let end = Clock.now() + seconds * 1000
    while Clock.now() < end {
      guard let frame = try receive(milliseconds: Int32(max(1, end - Clock.now()))) else { continue }
      frames.append(frame)
      if frame == last { return frames }
    }
    throw Failure(
      .timeout, operation: "wait for a frame", cause: "\(seconds) seconds have passed, \(frames.count) others came")
  }
}

/// The switch between the hosts, in the namespace of the calling thread: it sends everything everywhere, as it came. One
/// of its ports is held here, so what is on the wire is read to the last byte.
struct Wire {
  let mirror: Cable

  init(_ hosts: [Host]) throws {
    var route = try RouteSocket()
    try route.createBridge("switch", LinkChange())
    var on = LinkChange()
    on.isUp = true
    try route.change("switch", on)
    mirror = Cable(try TapDevice.open("mirror"))
    try join("mirror")
    for host in hosts { try plug(host) }
  }

  /// Lays a wire to a host, where it is called wire0.
  func plug(_ host: Host) throws {
    // The kernel makes the other end, veth0.
    let port = "to-" + host.name
    try Command.run("ip", "link", "add", port, "type", "veth")
    try Command.run("ip", "link", "set", "veth0", "netns", host.pid)
    try host.run("ip", "link", "set", "veth0", "name", "wire0")
    try host.run("ip", "link", "set", "wire0", "up")
    try join(port)
  }

  private func join(_ port: String) throws {
    var route = try RouteSocket()
    var change = LinkChange()
    change.master = try route.link("switch")?.index
    change.port = BridgePort(isLearning: false)
    change.isUp = true
    try route.change(port, change)
  }
}
