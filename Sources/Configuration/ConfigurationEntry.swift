public import Failure

/// One `Key=Value` and where it stands.
public struct ConfigurationEntry: Hashable, Sendable {
  /// What stands between the brackets, `Network default` for instance.
  public let section: String
  /// The key.
  public let key: String
  /// The value, without the blanks around it.
  public let value: String
  /// Path of the file.
  public let file: String
  /// Line, from 1.
  public let line: Int

  /// The section's name and its label, which is empty if there is none.
  var sectionParts: (kind: String, label: String) {
    guard let blank = section.firstIndex(where: { $0 == " " || $0 == "\t" }) else { return (section, "") }
    let label = section[blank...].drop { $0 == " " || $0 == "\t" }
    return (String(section[..<blank]), String(label))
  }

  /// The failure that this entry is to blame for; it names file, line and key.
  public func failure(_ cause: String, remedy: String = "") -> Failure {
    Failure(.invalid, operation: "read configuration", object: "\(file):\(line): \(key)=", cause: cause, remedy: remedy)
  }
}
