import Failure
import Glibc
import Policies
import Seccomp
import Testing

@Suite struct RuleListTests {
  private func parse(_ text: String) throws(Failure) -> [Rule] {
    try RuleList.parse(text, name: "x.list", process: 4711)
  }

  private func call(_ name: String) throws -> SystemCall { try #require(SystemCall(name)) }

  @Test func everyFormIsRead() throws {
    let text = """
      # why
      read    # and why

      openat arg2 in O_RDONLY O_RDWR|O_CLOEXEC 0x10
      mmap arg2 & PROT_EXEC|0x10 == 0
      tgkill arg0 == SELF and arg2 in 6 SIGABRT|1
      """
    #expect(
      try parse(text) == [
        Rule(call("read")),
        Rule(call("openat"), [Condition(argument: 2, value: 0)]),
        Rule(call("openat"), [Condition(argument: 2, value: UInt64(O_RDWR | O_CLOEXEC))]),
        Rule(call("openat"), [Condition(argument: 2, value: 16)]),
        Rule(call("mmap"), [Condition(argument: 2, mask: UInt64(PROT_EXEC) | 16, value: 0)]),
        Rule(call("tgkill"), [Condition(argument: 0, value: 4711), Condition(argument: 2, value: 6)]),
        Rule(call("tgkill"), [Condition(argument: 0, value: 4711), Condition(argument: 2, value: 7)]),
      ])
    #expect(try parse("").isEmpty && parse("# nothing\n\n").isEmpty)
  }

  @Test(arguments: [
    ("raed", "no system call raed"), ("socketcall", "no system call socketcall"), ("read arg0", "cannot be read"),
    ("read arg0 ==", "cannot be read"), ("read arg6 == 1", "cannot be read"), ("read arg10 == 1", "cannot be read"),
    ("read arg+1 == 1", "cannot be read"), ("read 1 == 1", "cannot be read"), ("read arg0 != 1", "cannot be read"),
    ("read arg0 == 1 2", "cannot be read"), ("read arg0 in", "cannot be read"),
    ("read arg0 & 1 == 1", "cannot be read"),
    ("read arg0 & 1", "cannot be read"), ("read and", "cannot be read"), ("read arg0 == 1 and", "cannot be read"),
    ("read and arg0 == 1", "cannot be read"), ("read arg0 == 1 arg1 == 2", "cannot be read"),
    ("read arg0 == 1 and arg0 == 2", "same argument"), ("read arg0 & 0 == 0", "no bit"),
    ("read arg0 == 0x100000000", "32 bits"), ("read arg0 == O_WRONG", "O_WRONG is no known value"),
    ("read arg0 == 1|", "1| is no known value"), ("read arg0 == -1", "-1 is no known value"),
    ("read arg0 == 0x", "0x is no known value"), ("read arg0 == 99999999999999999999", "no known value"),
    ("read\nread", "another rule"), ("read arg0 == 1\nread arg0 in 2 1", "another rule"),
    ("read arg0 == 1\nread", "another rule"), ("read\nread arg0 == 1", "another rule"),
    ("write\targ0 == 1", "ASCII"), ("write\r\nclose", "ASCII"), ("# \u{2028}execve", "ASCII"),
  ])
  func whatIsWrongIsSaidWithItsLine(_ text: String, _ cause: String) {
    let before = "# one\nclose\n"
    let lines = text.contains("\nread") ? 4 : 3
    do {
      _ = try parse(before + text)
      Issue.record("\(text) is taken")
    } catch {
      #expect(error.code == .invalid && error.object == "x.list:\(lines)" && !error.cure.isEmpty)
      #expect(error.cause.contains(cause), "\(error)")
    }
  }

  @Test func theListOfNetdIsShortAndLeavesTheDangerousOut() throws {
    let rules = try RuleList.parse(Policies.netdSystemCalls, name: "netd.list", process: getpid())
    let calls = Dictionary(grouping: rules) { $0.call.name }
    #expect(calls.count < 50)
    for name in [
      "execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "connect", "listen", "kill", "tkill", "prctl",
      "rt_sigaction", "sigaltstack", "mount", "setns", "unshare", "bpf", "capset", "setuid", "seccomp", "init_module",
      "open", "openat2", "creat", "rename", "chmod", "link", "symlink", "mkdir", "process_vm_writev", "io_uring_setup",
      "userfaultfd", "memfd_create", "pkey_mprotect", "shmat", "personality", "dup2", "pidfd_getfd", "arch_prctl",
    ] {
      _ = try call(name)
      #expect(calls[name] == nil, "\(name)")
    }
    for name in ["openat", "mmap", "mprotect", "ioctl", "socket", "setsockopt", "getsockopt", "fcntl", "tgkill"] {
      #expect(calls[name]?.allSatisfy { !$0.conditions.isEmpty } == true, "\(name)")
    }
  }

  @Test func aListThatCouldDisarmTheReportIsRefused() throws {
    let rules = try parse("write\nrt_sigaction arg0 == 6")
    let failure = #expect(throws: Failure.self) { try SystemCallFilter.load(rules, otherwise: .report(program: "x")) }
    #expect(failure?.object == "rt_sigaction")
  }
}
