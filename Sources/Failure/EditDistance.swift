/// How far two words are apart, for "did you mean".
public enum EditDistance {
  /// Bytes of a word that count; names and keys are shorter.
  private static let longest = 64

  /// Edits between two words: insert, delete, replace, swap of neighbours (optimal string alignment).
  public static func between(_ one: some StringProtocol, _ other: some StringProtocol) -> Int {
    let lines = Array(one.utf8.prefix(longest))
    let columns = Array(other.utf8.prefix(longest))
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
