/// What this build is.
public enum Release {
  /// Semantic version of the programs; the one place that says it.
  public static let version = "0.1.0"
}
