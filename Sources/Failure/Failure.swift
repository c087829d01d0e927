/// The one value in which every refusal and every breakdown reaches a person.
///
/// The command line, gRPC status details, logs and records all show these fields, so a reader of any of them learns
/// what was refused, which object it was about, why, and what to do.
public struct Failure: Error, Hashable, Sendable {
  /// The class of the failure; decides exit status and gRPC status.
  public var code: Code
  /// Which part of a node it concerns; nil if whoever threw it cannot know.
  public var part: Part?
  /// What was being done, in the infinitive without "to": `attach port`, `read spec`.
  public var operation: String
  /// The object it was done to: a VM name, a path, `disks[0].size`.
  public var object: String
  /// Why it failed: the rule that was broken, or the kernel's or hypervisor's own words.
  public var cause: String
  /// What the reader can do about it. Empty if nothing is known to help.
  public var remedy: String
  /// The kernel's error number, 0 if none was involved.
  public var errno: Int32

  /// Makes a failure.
  public init(
    _ code: Code, part: Part? = nil, operation: String, object: String = "", cause: String, remedy: String = "",
    errno: Int32 = 0
  ) {
    self.code = code
    self.part = part
    self.operation = operation
    self.object = object
    self.cause = cause
    self.remedy = remedy
    self.errno = errno
  }
}

extension Failure {
  /// Classes of failure. The raw value is the name on every wire and never changes; the numbers used by `IPC` are its own.
  public enum Code: String, CaseIterable, Sendable {
    /// The request is wrong in itself and will be refused again.
    case invalid
    /// The object does not exist, or is not the caller's.
    case notFound = "not_found"
    /// An object of that name or at that place exists already.
    case exists
    /// The caller may not do that.
    case denied
    /// The object's present state does not allow it.
    case state
    /// A limit is reached: ports, addresses, quota, memory.
    case exhausted
    /// The other side is away or does not answer; trying again can help.
    case unavailable
    /// The time given has passed.
    case timeout
    /// The other side speaks another version or sent what is not in the protocol.
    case `protocol`
    /// The machine lacks a feature that was asked for.
    case unsupported
    /// The operating system or the hypervisor refused.
    case system
    /// A defect of ours.
    case `internal`
  }
}

extension Failure: CustomStringConvertible {
  /// One sentence: `cannot OPERATION OBJECT: CAUSE; REMEDY`.
  public var description: String {
    var text = "cannot \(operation)"
    if !object.isEmpty { text += " \(object)" }
    text += ": \(cause)"
    if !remedy.isEmpty { text += "; \(remedy)" }
    return text
  }
}

extension Failure: Codable {
  private enum CodingKeys: String, CodingKey { case code, part, operation, object, cause, remedy, errno }
  /// What two of them were called in records and events of earlier releases.
  private enum FormerKeys: String, CodingKey { case step, cure }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let former = try decoder.container(keyedBy: FormerKeys.self)
    code = try values.decode(Code.self, forKey: .code)
    part = try values.decodeIfPresent(Part.self, forKey: .part)
    operation =
      try values.decodeIfPresent(String.self, forKey: .operation) ?? former.decode(String.self, forKey: .step)
    object = try values.decode(String.self, forKey: .object)
    cause = try values.decode(String.self, forKey: .cause)
    remedy = try values.decodeIfPresent(String.self, forKey: .remedy) ?? former.decode(String.self, forKey: .cure)
    errno = try values.decode(Int32.self, forKey: .errno)
  }
}
extension Failure.Code: Codable {}
