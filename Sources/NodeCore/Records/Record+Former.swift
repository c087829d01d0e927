package import FoundationEssentials

extension Record {
  /// The schema of the release before, which had other names for some keys.
  private static let formerSchema = "procurator.record.v1"
  private static let formerKeys = [
    "story": "history", "wish": "request", "places": "deviceAddresses", "unfinished": "pendingOperation",
  ]

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int?
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Whether `mark` is in `bytes`. A collection's own search of `Data` takes half a millisecond for each record.
  private static func has(_ mark: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
    var start = bytes.startIndex
    while let found = bytes[start...].firstIndex(of: mark[0]) {
      if bytes[found...].starts(with: mark) { return true }
      start = found + 1
    }
    return false
  }

  /// Reads a record of this release or an earlier one.
  /// - Returns: the record, as one of the current schema if it was of one that is known.
  /// - Throws: `DecodingError` if it is none.
  package static func decoded(_ content: Data) throws -> Record {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    // Keys are only looked at one by one where there are former ones: a start reads every record of the host.
    let isFormer = content.withUnsafeBytes { has(Array("\"\(formerSchema)\"".utf8), $0) }
    if isFormer {
      decoder.keyDecodingStrategy = .custom { path in
        let key = path.last ?? Key(stringValue: "")
        return path.count == 1 ? Key(stringValue: formerKeys[key.stringValue] ?? key.stringValue) : key
      }
    }
    var record = try decoder.decode(Record.self, from: content)
    if record.schema == formerSchema { record.schema = currentSchema }
    return record
  }
}
