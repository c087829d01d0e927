import Glibc
import Linux

/// Tells the service manager how we are (sd_notify(3), the documented datagram protocol).
enum Readiness {
  /// Sends one or more assignments, a line each. Without a service manager nothing is sent.
  static func tell(_ text: String) {
    guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), path.utf8.count < UnixSocket.longestPath
    else { return }
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return }
    let descriptor = Descriptor(owning: number)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      place.copyBytes(from: bytes)
      // A leading @ stands for the abstract name space (unix(7)).
      if bytes.first == UInt8(ascii: "@") { place[0] = 0 }
    }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let message = Array(text.utf8)
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor.raw, message, message.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }

  /// Says WATCHDOG=1 at half the interval that the service manager wants, for ever.
  static func keepWatchdog() async {
    guard let text = getenv("WATCHDOG_USEC"), let interval = Int(String(cString: text)), interval > 0 else {
      // Nobody waits for it: this task only has to last as long as the others.
      while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
      return
    }
    while !Task.isCancelled {
      tell("WATCHDOG=1")
      try? await Task.sleep(for: .microseconds(interval / 2))
    }
  }
}
