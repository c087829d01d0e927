import Glibc

/// What came, as lines of a word and a value, written as it becomes known. The supervisor reads them while this program runs.
struct Report {
  private var offset: off_t = 0

  /// Longest value of a line.
  private static let longest = 4096

  /// - Parameter value: the server's words as a rule: what is no printable ASCII is left out.
  mutating func add(_ word: String, _ value: String) {
    let printable = value.utf8.filter { $0 >= 0x20 && $0 < 0x7f }.prefix(Self.longest)
    let line = Array("\(word) ".utf8) + printable + [0x0a]
    if pwrite(Place.report, line, line.count, offset) == line.count { offset += off_t(line.count) }
  }
}
