import IPC
import IPCFrames

extension Page {
  /// The page at a cursor.
  /// - Parameters:
  ///   - count: How many places the whole listing has; cursors are their numbers.
  ///   - entry: What stands at a place; nil if nothing that the asker may see does.
  init(at cursor: UInt32, of count: Int, _ entry: (Int) -> Entry?) {
    self.init()
    for place in min(Int(cursor), count)..<count {
      guard let entry = entry(place) else { continue }
      if entries.count == Entry.perPage {
        next = UInt32(place)
        return
      }
      entries.append(entry)
    }
  }
}
