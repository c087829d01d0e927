import CLinux

/// How many descriptors this process may have (RLIMIT_NOFILE, getrlimit(2)).
public enum OpenFiles {
  /// Raises the limit that holds to the highest that was permitted. Services start with 1024, for the sake of programs
  /// that call select(2); a supervisor needs several for each of its VMs.
  public static func raiseLimit() throws(Errno) { try Errno.check(clinux_limit(CLINUX_OPEN_FILES, .max)) }
}
