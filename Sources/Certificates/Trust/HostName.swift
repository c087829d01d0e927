import Glibc
import Linux
import SwiftASN1
import Text
import X509

/// Under which name a server was reached, as certificates have it (RFC 9525).
enum HostName: Hashable, Sendable {
  /// Small letters, no dot at the end.
  case domain(String)
  /// 4 or 16 bytes.
  case address([UInt8])

  /// Reads a domain or an address; one of IPv6 also in brackets or with a zone.
  init?(_ text: String) {
    let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    if let address = Self.address(String(bare.prefix { $0 != "%" })) {
      self = .address(address)
    } else if !text.hasPrefix("*"), !text.contains("_"), let domain = DomainName.canonical(text) {
      self = .domain(domain)
    } else {
      return nil
    }
  }

  /// The bytes of an address (inet_pton(3)); nil for anything else.
  static func address(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var sixteen = in6_addr()
    if inet_pton(AF_INET6, text, &sixteen) == 1 { return withUnsafeBytes(of: sixteen) { Array($0) } }
    return nil
  }

  /// The text of an address's bytes; what has another length is shown as it is.
  static func text(_ address: some Collection<UInt8>) -> String {
    func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    switch address.count {
    case 4: return IPv4.text(UInt32(truncatingIfNeeded: number(address)))
    case 16: return IPv6Address(high: number(address.prefix(8)), low: number(address.dropFirst(8))).text
    default: return SerialText.text(address)
    }
  }

  /// The text.
  var text: String {
    switch self {
    case .domain(let domain): domain
    case .address(let bytes): Self.text(bytes)
    }
  }

  /// As it stands in a certificate.
  var generalName: GeneralName {
    switch self {
    case .domain(let domain): .dnsName(domain)
    case .address(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }
  }

  /// Whether a name of a certificate is this one. `*` stands for one whole label, the first (RFC 9525, section 6.3).
  func matches(_ name: GeneralName) -> Bool {
    switch (self, name) {
    case (.address(let own), .ipAddress(let its)): return its.bytes.elementsEqual(own)
    case (.domain(let own), .dnsName(let its)):
      let pattern = its.hasSuffix(".") ? its.dropLast().lowercased() : its.lowercased()
      guard pattern.hasPrefix("*.") else { return pattern == own }
      guard let dot = own.firstIndex(of: ".") else { return false }
      return own[dot...] == pattern.dropFirst()
    default: return false
    }
  }

  /// The hosts that a certificate is for, as text.
  static func all(in names: SubjectAlternativeNames) -> [String] {
    names.compactMap { name -> String? in
      switch name {
      case .dnsName(let domain): HarmlessText.line(domain)
      case .ipAddress(let address): text(address.bytes)
      default: nil
      }
    }
  }
}
