import FoundationEssentials
import X509

/// Which certificates of an authority are trusted no more (RFC 5280, section 5), before it is signed.
struct RevocationList: Hashable, Sendable {
  /// Who says so.
  var issuer: DistinguishedName
  /// Which key of the issuer it is; nil if the list does not say.
  var authorityKey: ArraySlice<UInt8>?
  /// Rises with every list of an issuer: the bytes of an integer, the high end first; nil in version 1.
  var number: [UInt8]?
  /// When it was made (`thisUpdate`).
  var begins: Date
  /// When there must be a new one (`nextUpdate`).
  var ends: Date
  /// Since when which serial number is trusted no more.
  var revoked: [String: Date]

  /// Whether this one is to be believed where both are there.
  func isNewer(than other: RevocationList) -> Bool {
    let (own, its) = (number ?? [], other.number ?? [])
    if own != its { return own.count == its.count ? its.lexicographicallyPrecedes(own) : own.count > its.count }
    return begins > other.begins
  }

  /// The number of the list after this one.
  var nextNumber: [UInt8] {
    var bytes = number ?? []
    for index in bytes.indices.reversed() {
      bytes[index] &+= 1
      if bytes[index] != 0 { return bytes }
    }
    return [1] + bytes
  }
}
