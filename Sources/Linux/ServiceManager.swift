import Glibc
import Synchronization

/// What a service and systemd say to each other, by the documented protocol (sd_notify(3), sd_listen_fds(3)), without
/// libsystemd.
public struct ServiceManager: ~Copyable, Sendable {
  private let socket: Descriptor?
  private let address: [UInt8]
  /// How often "I am alive" is wanted, nil if nobody asks (WATCHDOG_USEC, WATCHDOG_PID).
  public let watchdogInterval: Duration?

  /// Reads the environment of this process and removes what its children must not see.
  public init() {
    let name = Self.take("NOTIFY_SOCKET") ?? ""
    var address = Array(name.utf8)
    // '@' stands for the NUL that abstract names begin with.
    if address.first == UInt8(ascii: "@") { address[0] = 0 }
    let isUsable = (name.hasPrefix("/") || name.hasPrefix("@")) && address.count < 108
    let raw = isUsable ? Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0) : -1
    socket = raw < 0 ? nil : Descriptor(owning: raw)
    self.address = address
    let microseconds = Self.take("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
    let pid = Self.take("WATCHDOG_PID").flatMap { Int32($0) } ?? getpid()
    watchdogInterval = microseconds > 0 && pid == getpid() ? .microseconds(microseconds / 2) : nil
  }

  /// Tells the manager, `READY=1` for instance. Nothing happens without one.
  public borrowing func notify(_ state: String) {
    guard let raw = socket.rawNumber else { return }
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: address) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
    let text = Array(state.utf8)
    withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(raw, text, text.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT), $0, length)
      }
    }
  }

  private static let isTaken = Atomic(false)

  /// The sockets that the manager opened for us, once: descriptors from 3 on, now close-on-exec.
  public static func listeners() -> DescriptorList {
    guard !isTaken.exchange(true, ordering: .relaxed) else { return DescriptorList() }
    let pid = take("LISTEN_PID").flatMap { Int32($0) }
    let count = take("LISTEN_FDS").flatMap { Int32($0) } ?? 0
    _ = take("LISTEN_FDNAMES")
    guard pid == getpid(), (1...64).contains(count) else { return DescriptorList() }
    for raw in 3..<3 + count { _ = fcntl(raw, F_SETFD, FD_CLOEXEC) }
    return DescriptorList(owning: Array(3..<3 + count))
  }

  private static func take(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    unsetenv(name)
    return text
  }
}

extension Optional where Wrapped == Descriptor {
  fileprivate var rawNumber: Int32? {
    switch self {
    case .some(let descriptor): descriptor.raw
    case .none: nil
    }
  }
}
