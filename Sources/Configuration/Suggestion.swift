/// Finds the name that somebody probably meant.
public enum Suggestion {
  /// The nearest of `known`, if it is near enough to be a slip of the finger.
  public static func nearest(_ word: String, among known: [String]) -> String? {
    let ranked = known.map { (name: $0, distance: distance(word.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.name.count / 3) ? best.name : nil
  }

  /// "did you mean X?" or else the list of what there is.
  public static func sentence(_ word: String, among known: [String], suffix: String = "") -> String {
    if let nearest = nearest(word, among: known) { return "did you mean \(nearest)\(suffix)?" }
    return "known are " + known.map { $0 + suffix }.joined(separator: ", ")
  }

  /// Edits between two words (Levenshtein).
  static func distance(_ one: String, _ other: String) -> Int {
    let columns = Array(other.utf8.prefix(64))
    var row = Array(0...columns.count)
    for (line, byte) in one.utf8.prefix(64).enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in columns.indices {
        let above = row[column + 1]
        row[column + 1] = min(above + 1, row[column] + 1, diagonal + (columns[column] == byte ? 0 : 1))
        diagonal = above
      }
    }
    return row[columns.count]
  }
}
