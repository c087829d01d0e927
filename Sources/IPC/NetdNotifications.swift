public import IPCFrames

/// One page of what netd found changed by somebody else and has put right. Root sees what concerns anybody's ports.
public struct Notifications: Request {
  public static let verb = Verb.notifications.rawValue
  /// Number of the last entry that is known; 0 at first.
  public var after: UInt64 = 0

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) { try coder.integer(&after) }

  /// Something put right.
  public struct Entry: WireDefault, Hashable {
    /// Counted from 1 since netd's start.
    public var number: UInt64 = 0
    /// The interface, or what else it is about.
    public var interface = ""
    /// What was found, and what was done.
    public var detail = ""
    /// Whose port it is, or UInt32.max.
    public var uid: UInt32 = .max
    /// The VM whose port it is, blank if none.
    public var vm = VMIdentity()
    /// Seconds since then.
    public var age: UInt32 = 0

    public init() {}
  }

  /// Answer to `notifications`. Numbers that are left out were somebody else's, or too many to be remembered.
  public struct Reply: Message {
    /// Another one after every start of netd: numbers begin at 1 again.
    public var life: UInt64 = 0
    /// Number of the last entry there is, of anybody's.
    public var last: UInt64 = 0
    /// The entries of this page, by number.
    public var entries: [Entry] = []
    /// Whether there are more behind the last of these.
    public var more = false

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&life)
      try coder.integer(&last)
      try coder.list(&entries, max: NetdLimits.smallPage) { coder, entry throws(WireError) in
        try coder.integer(&entry.number)
        try coder.text(&entry.interface, max: 64)
        try coder.text(&entry.detail, max: 256)
        try coder.integer(&entry.uid)
        try entry.vm.fields(&coder)
        try coder.integer(&entry.age)
      }
      try coder.flag(&more)
    }
  }
}
