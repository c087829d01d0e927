/// Something that a client has said, and for how long it holds. A value: no clock.
struct Said<Value: Sendable>: Sendable {
  let value: Value
  /// The connection that said it; nil if it has ended.
  var by: Int?
  /// Since when neither its client nor a port of it is there; nil while one of them is.
  private(set) var idleSince: Int64?

  init(_ value: Value, by client: Int? = nil) {
    self.value = value
    by = client
  }

  /// The same as it is now.
  /// - Parameters:
  ///   - isLive: whether there is a port of it.
  ///   - linger: milliseconds for which is remembered what has neither client nor port.
  /// - Returns: nil if it is forgotten.
  func kept(isLive: Bool, linger: Int64, now: Int64) -> Said? {
    var said = self
    if isLive || by != nil {
      said.idleSince = nil
      return said
    }
    let since = idleSince ?? now
    said.idleSince = since
    return now - since < linger ? said : nil
  }
}
