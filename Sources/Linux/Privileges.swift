import CLinux

/// Rights that a process gives up for itself and all that it executes.
public enum Privileges {
  /// No exec gains privileges from here on (PR_SET_NO_NEW_PRIVS, prctl(2)).
  public static func forbidNew() throws(Errno) { try Errno.check(clinux_no_new_privileges()) }

  /// Closes every descriptor from `first` on.
  public static func closeDescriptors(from first: Int32) throws(Errno) {
    try Errno.check(clinux_close_range(UInt32(first), .max, 0))
  }
}
