/// Rows under headings; each column as wide as its widest cell, an empty cell is `-`.
struct Table: Sendable {
  /// The headings, upper case.
  var headings: [String]
  /// The cells, as many a row as there are headings.
  var rows: [[String]] = []

  /// The text, every line ended. Nothing stands right of a line's last cell.
  func text(headings show: Bool = true) -> String {
    let cells = rows.map { $0.map { $0.isEmpty ? "-" : HarmlessText.line($0) } }
    let lines = show ? [headings] + cells : cells
    let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      var text = ""
      for (column, cell) in line.enumerated() {
        text += cell
        if column < line.count - 1 { text += String(repeating: " ", count: widths[column] - cell.count + 2) }
      }
      return text + "\n"
    }.joined()
  }
}
