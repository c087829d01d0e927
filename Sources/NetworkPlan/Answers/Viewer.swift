/// Who looks at a listing, and when.
package struct Viewer: Sendable {
  /// The only user whose objects are shown; nil for all.
  package let uid: UInt32?
  /// Milliseconds of the daemon's clock.
  package let now: Int64

  /// Makes one.
  package init(uid: UInt32?, now: Int64) {
    self.uid = uid
    self.now = now
  }

  /// Whether what belongs to a user is shown; nil or UInt32.max is what belongs to nobody, which everybody sees.
  func sees(_ owner: UInt32?) -> Bool { uid == nil || owner == nil || owner == .max || owner == uid }

  /// Whole seconds since a moment of the daemon's clock.
  func seconds(since moment: Int64) -> UInt32 { UInt32(clamping: (now - moment) / 1000) }
}

extension String {
  /// As much of the text as fits a field of `most` bytes.
  func cut(_ most: Int) -> String {
    // A character that is cut in two becomes one of three bytes.
    String(decoding: utf8.prefix(most - 2), as: UTF8.self)
  }
}
