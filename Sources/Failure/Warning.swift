/// Something about a VM that is not as it should be, or weaker than it could be, for as long as that is so.
public struct Warning: Hashable, Codable, Sendable {
  /// Which of its VM's it is: the same for as long as it holds, whatever its words. A family and what it is of:
  /// `accelerator`, `limit.memory`, `image.kernel`. What replaces one has its identity.
  public var id: String
  /// What of the node it concerns.
  public var part: Failure.Part
  /// What is so.
  public var cause: String
  /// What the reader can do about it. Empty if nothing is known to help.
  public var remedy: String
  /// Whether its host is the cause, and it lasts until the host is another: nothing has happened.
  public var isLasting: Bool

  /// Makes a warning.
  public init(id: String, part: Failure.Part, cause: String, remedy: String = "", isLasting: Bool = false) {
    self.id = id
    self.part = part
    self.cause = cause
    self.remedy = remedy
    self.isLasting = isLasting
  }

  /// The warning that a failure is, for as long as it holds.
  /// - Parameter part: what it concerns if the failure does not say so itself.
  public init(id: String, part: Failure.Part, _ failure: Failure) {
    self.init(id: id, part: failure.part ?? part, cause: failure.cause, remedy: failure.remedy)
  }

  /// `CAUSE; REMEDY`.
  public var sentence: String { remedy.isEmpty ? cause : "\(cause); \(remedy)" }
}
