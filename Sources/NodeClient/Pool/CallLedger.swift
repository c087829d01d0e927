import Synchronization

/// Counts calls by what they were for and what became of them, and how long they took.
package final class CallLedger: Sendable {
  /// Upper bounds of the columns, in seconds; one more is without bound.
  package static let bounds = [0.005, 0.025, 0.1, 0.5, 2, 10, 60]

  /// Calls of one operation with one end.
  package struct Row: Hashable, Sendable {
    /// As in failures: `start VM`.
    package var operation: String
    /// `ok`, or the code of the failure.
    package var result: String
    package var count: UInt64 = 0
    /// All of them together, seconds.
    package var seconds = 0.0
    /// How many took at most as long as each bound says, and longer than the one before; the last is all others.
    package var columns = [UInt64](repeating: 0, count: CallLedger.bounds.count + 1)
  }

  private struct Key: Hashable {
    var operation: String
    var result: String
  }

  private let rows = Mutex<[Key: Row]>([:])

  package init() {}

  /// Writes down one call.
  package func note(_ operation: String, _ outcome: CallOutcome, seconds: Double) {
    let key = Key(operation: operation, result: outcome.word)
    let column = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
    rows.withLock { rows in
      var row = rows[key] ?? Row(operation: key.operation, result: key.result)
      row.count += 1
      row.seconds += seconds
      row.columns[column] += 1
      rows[key] = row
    }
  }

  /// All rows, by operation and result.
  package func all() -> [Row] {
    rows.withLock { Array($0.values) }.sorted { ($0.operation, $0.result) < ($1.operation, $1.result) }
  }
}
