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

  /// Edits between two words; two neighbours in the wrong order are one edit (optimal string alignment).
  static func distance(_ one: String, _ other: String) -> Int {
    let lines = Array(one.utf8.prefix(64))
    let columns = Array(other.utf8.prefix(64))
    var rows = [Array(0...columns.count)]
    for line in lines.indices {
      var row = [line + 1]
      for column in columns.indices {
        let isSame = lines[line] == columns[column]
        var best = min(rows[line][column + 1] + 1, row[column] + 1, rows[line][column] + (isSame ? 0 : 1))
        if line > 0, column > 0, lines[line] == columns[column - 1], lines[line - 1] == columns[column] {
          best = min(best, rows[line - 1][column - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[lines.count][columns.count]
  }
}
