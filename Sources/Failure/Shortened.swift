extension Failure {
  /// The same with texts of at most so many bytes of UTF-8, none of them NUL; a character stays whole or goes.
  public func shortened(to bytes: Int) -> Failure {
    var short = self
    short.operation = Self.cut(operation, to: bytes)
    short.object = Self.cut(object, to: bytes)
    short.cause = Self.cut(cause, to: bytes)
    short.remedy = Self.cut(remedy, to: bytes)
    return short
  }

  private static func cut(_ text: String, to bytes: Int) -> String {
    let clean = text.filter { $0 != "\0" }
    guard clean.utf8.count > bytes else { return clean }
    var short = ""
    var size = 0
    for character in clean {
      size += character.utf8.count
      if size > bytes { break }
      short.append(character)
    }
    return short
  }
}
