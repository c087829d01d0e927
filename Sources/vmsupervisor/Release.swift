/// What this build is.
enum Release {
  /// Semantic version of the programs.
  static let version = "0.1.0"
}
