import CSeccomp
import Glibc

/// A system call of this machine's architecture.
public struct SystemCall: Hashable, Sendable {
  /// Its name in syscalls(2).
  public let name: String
  /// Its number in asm/unistd.h.
  public let number: Int32

  /// Looks it up in libseccomp's table; nil if this architecture has no call of that name.
  public init?(_ name: String) {
    // Negative: unknown, or a call of other architectures only (seccomp_syscall_resolve_name(3)).
    let number = seccomp_syscall_resolve_name(name)
    guard number >= 0 else { return nil }
    self.name = name
    self.number = number
  }

  /// The call of that number, nil if libseccomp knows none.
  public init?(number: Int32) {
    guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number) else { return nil }
    defer { free(name) }
    self.name = String(cString: name)
    self.number = number
  }
}
