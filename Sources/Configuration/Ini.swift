import CInih
import Failure
import Glibc

/// Reads one text with libinih.
enum Ini {
  /// inih cuts section names and keys at 50 bytes with their NUL (MAX_SECTION, MAX_NAME in ini.c).
  static let longestName = 48

  static func parse(_ text: String, file: String) throws(Failure) -> [ConfigurationEntry] {
    let source = Source(text, file: file)
    let context = Unmanaged.passUnretained(source).toOpaque()
    let bad = withExtendedLifetime(source) {
      ini_parse_stream(
        { line, room, context in
          guard let line, let context else { return nil }
          let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
          return source.next(into: line, room: Int(room)) ? line : nil
        }, context,
        { context, section, key, value in
          guard let context, let section, let key, let value else { return 0 }
          let source = Unmanaged<Source>.fromOpaque(context).takeUnretainedValue()
          return source.take(String(cString: section), String(cString: key), String(cString: value)) ? 1 : 0
        }, context)
    }
    if let failure = source.failure { throw failure }
    if bad != 0 {
      throw Failure(
        .invalid, operation: "read configuration", object: "\(file):\(max(bad, 1))",
        cause: "the line is neither [Section] nor Key=Value nor a comment")
    }
    return source.entries
  }

  /// Feeds the parser line by line, so that the number of the line is known to its handler.
  private final class Source {
    private let file: String
    private var lines: ArraySlice<Substring>
    private var number = 0
    private(set) var entries: [ConfigurationEntry] = []
    private(set) var failure: Failure?

    init(_ text: String, file: String) {
      self.file = file
      lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }[...]
    }

    func next(into place: UnsafeMutablePointer<CChar>, room: Int) -> Bool {
      guard failure == nil, let line = lines.popFirst() else { return false }
      number += 1
      // Without its indentation a line cannot pass for the continuation of the one before.
      let bytes = Array(line.drop { $0 == " " || $0 == "\t" }.utf8)
      guard bytes.count + 2 <= room else {
        refuse("", "the line has \(bytes.count) bytes, \(room - 2) are possible")
        return false
      }
      for (index, byte) in bytes.enumerated() { place[index] = CChar(bitPattern: byte) }
      place[bytes.count] = CChar(bitPattern: UInt8(ascii: "\n"))
      place[bytes.count + 1] = 0
      return true
    }

    func take(_ section: String, _ key: String, _ value: String) -> Bool {
      guard section.utf8.count <= longestName, key.utf8.count <= longestName else {
        refuse(" \(key)=", "a section's name or a key has more than \(longestName) bytes")
        return false
      }
      guard !section.isEmpty else {
        refuse(" \(key)=", "the assignment stands before any [Section]")
        return false
      }
      entries.append(ConfigurationEntry(section: section, key: key, value: value, file: file, line: number))
      return true
    }

    private func refuse(_ where: String, _ cause: String) {
      failure =
        failure
        ?? Failure(.invalid, operation: "read configuration", object: "\(file):\(number):\(`where`)", cause: cause)
    }
  }
}
