import Text

/// Rows under headings; each column as wide as its widest cell, an empty cell is `-`.
struct Table: Sendable {
  /// The headings, upper case.
  var headings: [String]
  /// The cells, as many a row as there are headings.
  var rows: [[String]] = []
  /// The colour of a cell (SGR parameters, ECMA-48 8.3.117), by its column and text; nil for none.
  var tint: (@Sendable (_ column: Int, _ cell: String) -> String?)?
  /// Least room that a last column is cut to.
  private static let leastRoom = 12

  /// The text, every line ended. Nothing stands right of a line's last cell.
  /// - Parameter width: columns of the terminal; the last column is cut to what is left of them.
  func text(headings show: Bool = true, width: Int? = nil) -> String {
    let cells = rows.map { $0.map { $0.isEmpty ? "-" : HarmlessText.line($0) } }
    let lines = show ? [headings] + cells : cells
    let widths = headings.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let last = headings.count - 1
    let room = width.map { max(Self.leastRoom, $0 - widths.dropLast().reduce(0) { $0 + $1 + 2 }) }
    return lines.enumerated().map { row, line in
      var text = ""
      for (column, cell) in line.enumerated() {
        let isHeading = show && row == 0
        let shown = column == last ? Self.cut(cell, to: room) : cell
        let code = isHeading ? nil : tint?(column, cell)
        text += code.map { "\u{1b}[\($0)m\(shown)\u{1b}[0m" } ?? shown
        if column < last { text += String(repeating: " ", count: widths[column] - cell.count + 2) }
      }
      return text + "\n"
    }.joined()
  }

  private static func cut(_ text: String, to room: Int?) -> String {
    guard let room, text.count > room else { return text }
    return text.prefix(room - 1) + "…"
  }
}
