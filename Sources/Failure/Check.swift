/// What was found about one thing that VMs need of this host.
public struct Check: Hashable, Sendable {
  /// What it means.
  public enum Level: String, CaseIterable, Comparable, Sendable {
    /// As it should be.
    case ok
    /// Not needed the way this host is configured.
    case unused
    /// VMs run, but less well, less safely, or not for long.
    case warn
    /// VMs do not run, or not what somebody asked for.
    case fail

    public static func < (a: Level, b: Level) -> Bool {
      (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
  }

  /// Stable, for programs: `kvm`, `space.state`.
  public var name: String
  public var level: Level
  public var found: String
  /// What to do; empty if it is well.
  public var fix: String

  public init(_ name: String, _ level: Level, _ found: String, _ fix: String) {
    self.name = name
    self.level = level
    self.found = found
    self.fix = fix
  }

  public static func ok(_ name: String, _ found: String) -> Check { Check(name, .ok, found, "") }
  public static func unused(_ name: String, _ found: String) -> Check { Check(name, .unused, found, "") }
  public static func warn(_ name: String, _ found: String, fix: String) -> Check { Check(name, .warn, found, fix) }
  public static func fail(_ name: String, _ found: String, fix: String) -> Check { Check(name, .fail, found, fix) }

  /// A failure as a check.
  public static func failed(_ name: String, _ failure: Failure, _ level: Level = .fail) -> Check {
    let object = failure.object.isEmpty ? "" : " \(failure.object)"
    return Check(name, level, "cannot \(failure.operation)\(object): \(failure.cause)", failure.remedy)
  }
}
