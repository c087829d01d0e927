import ArgumentParser

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// For people.
  case table
  /// One object with a schema version, sorted keys.
  case json
  /// The same content as `json`.
  case yaml
  /// Names only, one a line.
  case name
}
