import CRelease

/// What this build is.
public enum Release {
  /// Semantic version of the programs; `Sources/CRelease` says it.
  public static let version = String(cString: procurator_version())
}
