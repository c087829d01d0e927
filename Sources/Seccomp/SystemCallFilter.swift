import CLinux
import CSeccomp
public import Failure
import Glibc
public import Linux

/// The filter in the kernel that leaves a process only the system calls on a list (seccomp(2)).
public enum SystemCallFilter {
  /// What happens at a call that is not on the list. The process dies by SIGSYS in any case.
  public enum Answer: Hashable, Sendable {
    /// The kernel kills it at once. This is for a filter that shall outlive exec.
    case kill
    /// It says on standard error which call it was, in the name of `program`, and dies.
    case report(program: String)
  }

  /// Puts the filter on every thread of this process, for ever. Sets no_new_privs.
  ///
  /// The calls of any other architecture, 32-bit and x32 ones of this machine too, kill at once.
  /// - Throws: `.invalid` for a list that would let the report be disarmed, else the kernel's refusal; no filter is on
  ///   then.
  public static func load(_ rules: [Rule], otherwise answer: Answer) throws(Failure) {
    let filter = try build(rules, otherwise: answer == .kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_TRAP)
    defer { seccomp_release(filter) }
    try check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1))
    if case .report(let program) = answer { try arm(program, rules) }
    try check(seccomp_load(filter))
  }

  /// Turns rules into instructions that another process puts on itself. A call that no rule covers is announced to
  /// whoever listens, or kills if the kernel cannot do that.
  /// - Throws: libseccomp's refusal.
  public static func compile(_ rules: [Rule]) throws(Failure) -> SystemCallGate {
    // libseccomp knows the action where the kernel does (Linux 5.0).
    let canNotify = seccomp_api_get() >= 5
    let filter = try build(rules, otherwise: canNotify ? SCMP_ACT_NOTIFY : SCMP_ACT_KILL_PROCESS)
    defer { seccomp_release(filter) }
    let number = clinux_memfd("seccomp")
    guard number >= 0 else { throw refusal(number) }
    let file = Descriptor(owning: number)
    try check(seccomp_export_bpf(filter, file.raw))
    var instructions = [UInt64](repeating: 0, count: 4096)
    let size = instructions.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, 0) }
    // Every instruction was read, and whole.
    guard size > 0, size % 8 == 0, size < instructions.count * 8 else { throw refusal(-EFBIG) }
    return SystemCallGate(Array(instructions.prefix(size / 8)))
  }

  private static func build(_ rules: [Rule], otherwise action: UInt32) throws(Failure) -> scmp_filter_ctx {
    guard let filter = seccomp_init(action) else { throw refusal(-ENOMEM) }
    do throws(Failure) {
      try check(seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS))
      // The kernel's own error number instead of ECANCELED.
      try check(seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1))
      for rule in rules {
        let conditions = rule.conditions.map {
          scmp_arg_cmp(arg: $0.argument, op: SCMP_CMP_MASKED_EQ, datum_a: $0.mask, datum_b: $0.value)
        }
        // SCMP_ACT_ERRNO(x) of seccomp.h.
        let answer = rule.refusal.map { 0x0005_0000 | UInt32($0) } ?? SCMP_ACT_ALLOW
        try check(
          seccomp_rule_add_exact_array(filter, answer, rule.call.number, UInt32(conditions.count), conditions),
          rule.call.name)
      }
    } catch {
      seccomp_release(filter)
      throw error
    }
    return filter
  }

  /// Names every call beforehand: the handler of a signal can look nothing up.
  private static func arm(_ program: String, _ rules: [Rule]) throws(Failure) {
    if let rule = rules.first(where: { $0.call.name == "rt_sigaction" }) {
      throw Failure(
        .invalid, operation: "load system call filter", object: rule.call.name,
        cause: "with it a process could hide what it was killed for", remedy: "remove it from the list")
    }
    for number in Int32(0)..<1024 {
      if let call = SystemCall(number: number) { try check(clinux_filter_name(number, call.name)) }
    }
    try check(clinux_filter_report(program))
  }

  /// Passes on results that are no `-errno`.
  private static func check(_ result: Int32, _ call: String = "") throws(Failure) {
    if result < 0 { throw refusal(result, call) }
  }

  private static func refusal(_ result: Int32, _ call: String = "") -> Failure {
    Errno(-result).failure(
      "load system call filter", call, remedy: "the kernel needs CONFIG_SECCOMP_FILTER and libseccomp version 2.5")
  }
}
