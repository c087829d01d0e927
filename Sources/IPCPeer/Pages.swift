public import Failure
public import IPCFrames

extension PageRequest {
  /// Makes one.
  public init(cursor: UInt32) {
    self.init()
    self.cursor = cursor
  }

  /// All entries of the listing, page after page.
  /// - Throws: what asking throws; `.protocol` if a page does not lead on.
  public static func all(_ ask: (Self) throws(Failure) -> Page<Entry>) throws(Failure) -> [Entry] {
    var entries: [Entry] = []
    var cursor: UInt32 = 0
    repeat {
      let page = try ask(Self(cursor: cursor))
      // A cursor only goes forward, or this would never end.
      guard page.next == 0 || page.next > cursor else {
        throw Failure(.protocol, operation: "ask", object: "netd", cause: "page \(page.next) follows page \(cursor)")
      }
      entries += page.entries
      cursor = page.next
    } while cursor != 0
    return entries
  }
}
