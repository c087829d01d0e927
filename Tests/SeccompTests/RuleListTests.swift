import Failure
import Glibc
import Linux
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
      clone arg0 & CLONE_THREAD|0x1 == CLONE_THREAD
      clone3 -> ENOSYS
      openat arg2 & 0x40 == 0x40 -> EACCES
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
        Rule(call("clone"), [Condition(argument: 0, mask: 0x10001, value: 0x10000)]),
        Rule(call("clone3"), refusal: UInt16(ENOSYS)),
        Rule(call("openat"), [Condition(argument: 2, mask: 64, value: 64)], refusal: UInt16(EACCES)),
      ])
    #expect(try parse("").isEmpty && parse("# nothing\n\n").isEmpty)
  }

  @Test(arguments: [
    ("raed", "no system call raed"), ("socketcall", "no system call socketcall"), ("read arg0", "cannot be read"),
    ("read arg0 ==", "cannot be read"), ("read arg6 == 1", "cannot be read"), ("read arg10 == 1", "cannot be read"),
    ("read arg+1 == 1", "cannot be read"), ("read 1 == 1", "cannot be read"), ("read arg0 != 1", "cannot be read"),
    ("read arg0 == 1 2", "cannot be read"), ("read arg0 in", "cannot be read"),
    ("read arg0 & 1 == 2", "leaves out"), ("read -> ENOSYS 1", "cannot be read"), ("read ->", "cannot be read"),
    ("read -> 0", "no error number"), ("read -> 4096", "no error number"), ("read\nread -> ENOSYS", "another rule"),
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
      #expect(error.code == .invalid && error.object == "x.list:\(lines)" && !error.remedy.isEmpty)
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

  @Test func theListOfTheHypervisorLeavesTheDangerousOut() throws {
    let rules = try RuleList.parse(
      Policies.hypervisorSystemCalls, name: "qemu.list", process: 1, program: 0x7f00_1234_5678)
    let calls = Dictionary(grouping: rules.filter { $0.refusal == nil }) { $0.call.name }
    for name in [
      "socket", "socketpair", "bind", "connect", "execveat", "fork", "vfork", "clone3", "kill", "tkill", "ptrace",
      "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "bpf", "keyctl",
      "perf_event_open", "mount", "setns", "unshare", "open", "openat2", "creat", "rename", "link", "symlink", "chmod",
      "mkdir", "setuid", "setresuid", "capset", "io_uring_setup", "io_uring_enter", "userfaultfd", "shmget", "mq_open",
      "splice", "sendfile", "personality", "rt_tgsigqueueinfo", "setrlimit", "sched_setaffinity", "init_module",
      "kcmp", "setpriority", "msgget", "msgsnd", "msgrcv", "msgctl", "shmat", "shmctl", "semget", "mq_timedsend",
      "mq_unlink", "add_key", "request_key", "rt_sigqueueinfo", "truncate",
    ] {
      _ = try call(name)
      #expect(calls[name] == nil, "\(name)")
    }
    for name in [
      "openat", "ioctl", "clone", "prctl", "seccomp", "prlimit64", "fcntl", "tgkill", "setsockopt", "sendto", "sendmsg",
    ] {
      #expect(calls[name]?.allSatisfy { !$0.conditions.isEmpty } == true, "\(name)")
    }
    #expect(calls["execve"]?.map(\.conditions) == [[Condition(argument: 0, mask: .max, value: 0x7f00_1234_5678)]])
    // MSG_FASTOPEN connects, which nothing else here does.
    for (name, argument): (String, UInt32) in [("sendto", 3), ("sendmsg", 2)] {
      #expect(
        calls[name]?.map(\.conditions) == [[Condition(argument: argument, mask: 0x2000_0000, value: 0)]], "\(name)")
    }
    // linux/if_tun.h: owner, persistence, name, group, type of link, filters, carrier; TIOCSTI; SIOCSIFHWADDR.
    for command: UInt64 in [
      0x4004_54cc, 0x4004_54cb, 0x4004_54ca, 0x4004_54ce, 0x4004_54cd, 0x4010_54d5, 0x4010_54d6, 0x8004_54e0,
      0x4004_54e2, 0x5412, 0x8924,
    ] {
      let permits = calls["ioctl"]?.contains { $0.conditions.contains { command & $0.mask == $0.value } }
      #expect(permits == false, "\(String(command, radix: 16))")
    }
  }

  /// A compiled list has each blank once, and nothing of it is left when it is filled in.
  @Test func blanksAreFilledIn() throws {
    let blank = SystemCallGate.Blank.self
    var gate = try SystemCallFilter.compile(
      RuleList.parse(
        Policies.hypervisorSystemCalls, name: "qemu.list", process: Int32(bitPattern: blank.process),
        program: blank.program))
    func count(_ operand: UInt32) -> Int { gate.instructions.filter { $0 >> 32 == operand }.count }
    let blanks = [blank.process, UInt32(blank.program >> 32), UInt32(truncatingIfNeeded: blank.program)]
    #expect(blanks.map(count) == [1, 1, 1])
    #expect(gate.instructions.count < 1000)
    gate.fill(process: 4711, program: 0x7f00_1234_5678)
    #expect(blanks.map(count) == [0, 0, 0])
    #expect([4711, 0x7f00, 0x1234_5678].map(count) == [1, 1, 1])
  }

  @Test func aListThatCouldDisarmTheReportIsRefused() throws {
    let rules = try parse("write\nrt_sigaction arg0 == 6")
    let failure = #expect(throws: Failure.self) { try SystemCallFilter.load(rules, otherwise: .report(program: "x")) }
    #expect(failure?.object == "rt_sigaction")
  }
}
