/// An entry of a listing that comes in pages.
public protocol PageEntry: Message {
  /// Most entries of one page, so that it stays below `Wire.maxFrame`.
  static var perPage: Int { get }
}

extension PageEntry {
  /// 96, which suits entries of names and numbers.
  public static var perPage: Int { 96 }
}

/// One page of a listing.
public struct Page<Entry: PageEntry>: Message {
  /// The entries of this page.
  public var entries: [Entry] = []
  /// Cursor of the next page, 0 at the end.
  public var next: UInt32 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.list(&entries, max: Entry.perPage) { coder, entry throws(WireError) in try entry.fields(&coder) }
    try coder.integer(&next)
  }
}

/// A question for one page of a listing.
public protocol PageRequest: Request where Reply == Page<Entry> {
  associatedtype Entry: PageEntry
  /// 0 at first, then `Page.next`.
  var cursor: UInt32 { get set }
}

extension PageRequest {
  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.integer(&cursor) }
}
