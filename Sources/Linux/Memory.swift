import CLinux

/// What a process holds in memory.
public enum Memory {
  /// Gives back the pages of the program's own code, most of which only the start needed; the kernel maps them again
  /// where they are used.
  public static func releaseCode() { clinux_release_code() }
}
