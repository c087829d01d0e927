extension String {
  /// The text, at most that many bytes of it, cut between characters.
  public func cut(to bytes: Int) -> String {
    if utf8.count <= bytes { return self }
    var kept = ""
    var size = 0
    for character in self {
      size += character.utf8.count
      if size > bytes - 3 { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
