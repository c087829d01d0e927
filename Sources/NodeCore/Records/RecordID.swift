import Failure
import FoundationEssentials
package import IPC

/// The id in a record: a UUID, or it is no record. All others would be one and the same VM to netd.
@propertyWrapper
package struct RecordID: Codable, Hashable, Sendable {
  /// On netd's wire; never the one that stands for nobody there.
  package let projectedValue: VMIdentity

  /// The canonical text, lower case.
  package var wrappedValue: String { projectedValue.text }

  /// Reads an id in either case; nil for anything else.
  package init?(_ text: String) {
    guard let identity = VMIdentity(text), identity != VMIdentity() else { return nil }
    projectedValue = identity
  }

  private init(_ identity: VMIdentity) { projectedValue = identity }

  /// A fresh one (RFC 9562, version 4).
  package static func random() -> RecordID {
    let id = UUID().uuid
    return RecordID(
      withUnsafeBytes(of: id) { bytes in
        var identity = VMIdentity()
        identity.high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
        identity.low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return identity
      })
  }

  /// - Throws: a `Failure` for a text that is none.
  package init(from decoder: any Swift.Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let id = RecordID(text) else {
      throw Failure(
        .invalid, part: .record, operation: "read record", cause: "its id `\(text)` is not a UUID",
        remedy: "give record and folder one (uuidgen)")
    }
    self = id
  }

  package func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
