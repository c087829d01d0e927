import Crypto
import Failure
import FoundationEssentials
import Linux

/// How a node is called for good.
enum NodeIdentity {
  /// Tells ids of ours from those that other programs make of the same machine id.
  private static let application: [UInt8] = [
    0x8f, 0x0c, 0x2d, 0x5b, 0xe4, 0xa9, 0x4d, 0x1f, 0xb7, 0xc3, 0x6e, 0x10, 0xa2, 0x5d, 0x94, 0x7f,
  ]

  /// The id of this host: of its machine id, which is not told; else one that is drawn and kept in the file.
  /// - Returns: nil if it has none and none can be kept: one that changes would be another node.
  static func read(machineID: String = "/etc/machine-id", kept file: String) -> String? {
    if let id = ((try? Files.readText(machineID, limit: 64)) ?? nil).flatMap(derived) { return id }
    if let text = try? Files.readText(file, limit: 64), let id = UUIDText.parse(String(text.prefix(36))) {
      return UUIDText.text(id.high, id.low)
    }
    let id = UUID().uuidString.lowercased()
    do throws(Errno) { try Files.replace(file, with: Array((id + "\n").utf8), mode: 0o644) } catch { return nil }
    return id
  }

  /// What sd_id128_get_machine_app_specific(3) makes of a machine id: its HMAC-SHA-256 of the application's id, cut to 16
  /// bytes, as a UUID of version 4.
  /// - Parameter text: of machine-id(5), 32 hexadecimal digits.
  /// - Returns: nil for another text: one of an image that was never started says `uninitialized`.
  static func derived(_ text: String) -> String? {
    let digits = text.prefix { !$0.isWhitespace }
    guard digits.utf8.count == 32 else { return nil }
    var key: [UInt8] = []
    var rest = digits[...]
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16), rest.first != "+" else { return nil }
      key.append(byte)
      rest = rest.dropFirst(2)
    }
    guard key.contains(where: { $0 != 0 }) else { return nil }
    var code = Array(HMAC<SHA256>.authenticationCode(for: Self.application, using: SymmetricKey(data: key)).prefix(16))
    code[6] = code[6] & 0x0f | 0x40
    code[8] = code[8] & 0x3f | 0x80
    let halves = code.map { UInt64($0) }
    return UUIDText.text(halves.prefix(8).reduce(0) { $0 << 8 | $1 }, halves.suffix(8).reduce(0) { $0 << 8 | $1 })
  }
}
