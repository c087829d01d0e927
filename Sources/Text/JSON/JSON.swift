package import Failure

/// A JSON value, as QMP and the guest agent exchange them.
package enum JSON: Hashable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number without fraction that fits.
  case integer(Int64)
  /// Any other number.
  case double(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSON])
  /// Pairs without order.
  case object([String: JSON])

  /// The value of a key; nil if this is no object or does not have it.
  package subscript(key: String) -> JSON? { if case .object(let pairs) = self { pairs[key] } else { nil } }

  /// The text, if it is one.
  package var string: String? { if case .string(let text) = self { text } else { nil } }
  /// The whole number, if it is one.
  package var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
  /// The truth value, if it is one.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The elements, if it is a list.
  package var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }

  /// Deepest nesting that is read; what QEMU and the agent say has less than 10.
  package static let maxDepth = 16
  /// Most values in one message. The longest answers of QEMU that anybody asks for, those on 32 disks or 256 processors,
  /// have some thousands.
  package static let maxValues = 1 << 16

  /// Reads one value.
  /// - Parameter maxValues: most values in it, itself included.
  /// - Throws: `.protocol` if the bytes are no JSON, nested deeper than `maxDepth`, or of more values than that.
  package init(parsing bytes: [UInt8], maxValues: Int = JSON.maxValues) throws(Failure) {
    var reader = JSONReader(bytes, maxDepth: Self.maxDepth, maxValues: maxValues)
    guard let value = reader.read() else {
      let start = String(decoding: bytes.prefix(80), as: UTF8.self)
      throw Failure(
        .protocol, operation: "read JSON", object: "`\(start)`",
        cause: "not a JSON value, nested deeper than \(Self.maxDepth), or of more than \(maxValues) values")
    }
    self = value
  }

  /// The value in one line, keys in order.
  package func bytes() throws(Failure) -> [UInt8] {
    var writer = JSONWriter()
    guard writer.write(self) else { throw Failure(.internal, operation: "write JSON", cause: "a number is not finite") }
    return writer.bytes
  }
}

extension JSON: Codable {
  /// Reads any JSON value.
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let pairs = try? value.decode([String: JSON].self) {
      self = .object(pairs)
    } else if let elements = try? value.decode([JSON].self) {
      self = .array(elements)
    } else if let number = try? value.decode(Int64.self) {
      self = .integer(number)
    } else {
      self = .double(try value.decode(Double.self))
    }
  }

  /// Writes the value.
  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let bool): try value.encode(bool)
    case .integer(let number): try value.encode(number)
    case .double(let number): try value.encode(number)
    case .string(let text): try value.encode(text)
    case .array(let elements): try value.encode(elements)
    case .object(let pairs): try value.encode(pairs)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A text.
  package init(stringLiteral value: String) { self = .string(value) }
  /// A whole number.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// A truth value.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A list.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// Pairs; the last of equal keys counts.
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
