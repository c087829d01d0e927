import CLinux
import Glibc

/// A compiled list of permitted system calls on its way into the kernel: instructions of classic BPF (linux/filter.h).
///
/// Whoever loads it fills in what only that process knows, so a list is compiled once and serves every process.
public struct SystemCallGate: Hashable, Sendable {
  /// 8 bytes each, as `struct sock_filter` in memory: `u16 code | u8 jt | u8 jf | u32 k`.
  public private(set) var instructions: [UInt64]

  /// Takes a compiled list.
  public init(_ instructions: [UInt64]) { self.instructions = instructions }

  /// Numbers that stand for what is not known when a list is compiled. No list has them for another purpose.
  public enum Blank {
    /// The process's own number.
    public static let process: UInt32 = 0x7a5e_1f00
    /// The address of the path of the one program that it executes.
    public static let program: UInt64 = 0x7a5e_1f01_7a5e_1f02
  }

  /// Puts in what was blank.
  /// - Parameters:
  ///   - process: number of the process that it is for.
  ///   - program: address at which that process has the path for its `execve`.
  public mutating func fill(process: Int32, program: UInt64) {
    replace(Self.jumpIfEqual, Blank.process, UInt32(bitPattern: process))
    replace(Self.jumpIfEqual, UInt32(Blank.program >> 32), UInt32(truncatingIfNeeded: program >> 32))
    replace(Self.jumpIfEqual, UInt32(truncatingIfNeeded: Blank.program), UInt32(truncatingIfNeeded: program))
  }

  /// Puts it on this thread and all that comes of it, for ever. Needs no_new_privs.
  /// - Returns: the descriptor that hears of forbidden calls; nil if they kill, because the list says so, or because
  ///   the kernel takes no listener: it is too old, or another one listens already, as in some containers.
  public consuming func load() throws(Errno) -> Descriptor? {
    if replace(Self.answer, Self.notify, Self.notify) > 0 {
      let listener = clinux_filter_load(instructions, instructions.count, 1)
      if listener >= 0 { return Descriptor(owning: listener) }
      guard listener == -EBUSY || listener == -EINVAL else { throw Errno(-listener) }
      replace(Self.answer, Self.notify, Self.kill)
    }
    try Errno.check(clinux_filter_load(instructions, instructions.count, 0))
    return nil
  }

  // linux/bpf_common.h and linux/seccomp.h.
  private static let jumpIfEqual: UInt64 = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
  private static let answer: UInt64 = 0x06  // BPF_RET | BPF_K
  private static let notify: UInt32 = 0x7fc0_0000  // SECCOMP_RET_USER_NOTIF
  private static let kill: UInt32 = 0x8000_0000  // SECCOMP_RET_KILL_PROCESS

  /// Replaces the operand of every instruction of that code; the answer is how many there were.
  @discardableResult private mutating func replace(_ code: UInt64, _ old: UInt32, _ new: UInt32) -> Int {
    var count = 0
    for (index, instruction) in instructions.enumerated()
    where instruction & 0xFFFF == code && instruction >> 32 == old {
      instructions[index] = instruction & 0xFFFF_FFFF | UInt64(new) << 32
      count += 1
    }
    return count
  }
}

/// A system call that a list does not permit, as its listener hears of it. The thread that made it stands still.
public struct ForbiddenCall: Hashable, Sendable {
  /// Its number in asm/unistd.h.
  public let number: Int32
  /// Its six arguments, as they stood in the registers.
  public let arguments: [UInt64]

  /// Takes the next one that waits at a listener; nil if its process has gone meanwhile.
  public static func next(at listener: Int32) throws(Errno) -> ForbiddenCall? {
    var number: Int32 = 0
    var arguments = [UInt64](repeating: 0, count: 6)
    let result = clinux_filter_hear(listener, &number, &arguments)
    if result == -ENOENT { return nil }
    try Errno.check(result)
    return ForbiddenCall(number: number, arguments: arguments)
  }
}
