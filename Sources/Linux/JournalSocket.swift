import Glibc

/// Log entries with fields, in the native protocol of systemd-journald (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
public struct JournalSocket: ~Copyable, Sendable {
  /// Where journald listens.
  public static let usualPath = "/run/systemd/journal/socket"
  /// Longest datagram that is sent; journald's socket takes a little more than 200 KiB.
  private static let longest = 64 << 10

  private let socket: Descriptor

  /// Connects to the journal if standard error goes there: if `JOURNAL_STREAM` names what descriptor 2 is (sd-daemon(3)).
  /// - Parameter stream: value of that variable.
  public static func connect(stream: String?, path: String = usualPath) -> JournalSocket? {
    var status = stat()
    guard let stream, fstat(2, &status) == 0, stream == "\(status.st_dev):\(status.st_ino)" else { return nil }
    return connect(path)
  }

  /// Connects to whoever listens at `path`.
  public static func connect(_ path: String) -> JournalSocket? {
    guard path.utf8.count <= UnixSocket.longestPath else { return nil }
    let raw = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard raw >= 0 else { return nil }
    let socket = Descriptor(owning: raw)
    guard UnixSocket.withAddress(path, { Glibc.connect(raw, $0, $1) }) == 0 else { return nil }
    return JournalSocket(socket: socket)
  }

  private init(socket: consuming Descriptor) { self.socket = socket }

  /// Sends an entry.
  /// - Returns: whether journald took it; if not, it belongs on standard error.
  public borrowing func send(_ fields: [(name: String, value: String)]) -> Bool {
    let bytes = Self.entry(fields)
    guard bytes.count <= Self.longest else { return false }
    while true {
      if Glibc.send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count { return true }
      guard errno == EINTR else { return false }
    }
  }

  /// The bytes of an entry: `NAME=value` and a line end; with line ends in the value `NAME`, a line end, its length in 64
  /// bits, little-endian, the value, and a line end.
  public static func entry(_ fields: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, value) in fields {
      bytes += self.name(name).utf8
      let value = Array(value.utf8)
      if value.contains(UInt8(ascii: "\n")) {
        bytes.append(UInt8(ascii: "\n"))
        withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += $0 }
      } else {
        bytes.append(UInt8(ascii: "="))
      }
      bytes += value
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  /// A name that journald takes: capital letters, digits and underscores, at most 64, beginning with a letter.
  static func name(_ text: String) -> String {
    let clean = text.uppercased().unicodeScalars.map { scalar in
      ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "_"
    }
    let name = String(clean.prefix(64).drop { !$0.isLetter })
    return name.isEmpty ? "FIELD" : name
  }
}
