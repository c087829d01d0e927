import CCapNg
import CLinux
import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux

/// The layers that are put on before the hypervisor runs, from the outermost in, and what became of each.
struct Confinement {
  private(set) var report = LaunchReport()

  /// Puts on everything but the list of system calls, which would not let this program do its work.
  mutating func apply(_ plan: LaunchPlan, _ order: borrowing Order, asking socket: Int32) throws(Failure) {
    // A session of its own: no terminal of ours can signal the hypervisor.
    if setsid() < 0 && getpgrp() != getpid() { throw Errno(errno).failure("start session") }
    umask(0o077)
    try limit(CLINUX_OPEN_FILES, plan.openFiles, "RLIMIT_NOFILE")
    try limit(CLINUX_CORE_SIZE, plan.coreSize, "RLIMIT_CORE")
    try limit(CLINUX_LOCKED_MEMORY, plan.lockedMemory, "RLIMIT_MEMLOCK")
    takeProfile(plan.profile)
    try enterNamespaces(identity: plan.identity, asking: socket)
    try dropCapabilities()
    do { try Privileges.forbidNew() } catch { throw error.failure("set no_new_privs") }
    note(.noNewPrivileges, on: true)
    try closePaths(plan, order)
  }

  /// Writes down what became of a layer.
  mutating func note(_ layer: LaunchLayer, on: Bool, _ detail: String = "") {
    report.layers.append(LayerState(layer, on: on, detail))
  }

  /// Refuses to go on without a layer that has to be there.
  func require(_ numbers: [UInt16]) throws(Failure) {
    for state in report.layers where !state.isOn && numbers.contains(state.layer) {
      throw Failure(
        .unsupported, operation: "confine hypervisor", object: LaunchLayer(rawValue: state.layer)?.name ?? "",
        cause: state.detail)
    }
  }

  /// Puts on the list of system calls, with which this program can still do what is left, and nothing else.
  /// - Returns: the descriptor that hears of forbidden ones, open until exec; none if they kill.
  mutating func close(_ gate: SystemCallGate) -> [Int32] {
    guard !gate.instructions.isEmpty else {
      note(.systemCalls, on: false, "the supervisor could not compile the list")
      return []
    }
    do throws(Errno) {
      let listener = try gate.load()?.release()
      note(.systemCalls, on: true, listener == nil ? "kill" : "notify")
      return listener.map { [$0] } ?? []
    } catch {
      // EINVAL: a kernel without filters.
      note(.systemCalls, on: false, "\(error)")
      return []
    }
  }

  /// Tells the supervisor which layers are on.
  func send(_ numbers: [Int32], to socket: Int32) throws(Failure) {
    let header = FrameHeader(id: 1, verb: LaunchPlan.verb, kind: .reply)
    do {
      try Packets.send(try Frame.encode(header, report), numbers: numbers, to: socket)
    } catch {
      throw Failure(.protocol, operation: "report layers", cause: "\(error)")
    }
  }

  private func limit(_ resource: clinux_resource, _ value: UInt64, _ name: String) throws(Failure) {
    do { try Errno.check(clinux_limit(resource, value)) } catch { throw error.failure("set limit", name) }
  }

  /// Takes effect at exec. Comes first: later this process may open nothing.
  ///
  /// Who is under a profile already gets this one on top of it: a process that may gain no rights is allowed nothing else
  /// (aa_stack_onexec(3)), and no other way out of the first.
  private mutating func takeProfile(_ name: String) {
    guard !name.isEmpty else { return }
    do throws(Errno) {
      // AppArmor's own folder where several security modules share /proc/PID/attr (Linux 5.1).
      let own = "/proc/self/attr/apparmor"
      let folder = Files.exists(own) ? own : "/proc/self/attr"
      let isFree = try Files.readText("\(folder)/current").hasPrefix("unconfined")
      let file = try Files.open("\(folder)/exec", O_WRONLY)
      try Files.writeAll(Array("\(isFree ? "exec" : "stack") \(name)".utf8), to: file.raw)
      note(.appArmor, on: true, name)
    } catch {
      note(.appArmor, on: false, "profile \(name): \(error)")
    }
  }

  /// Sees to it that the program gets no capability, and refuses to go on unless that is so.
  ///
  /// What exec leaves a process is its inheritable set, and of what a file or the user root would give it what is in the
  /// bounding set (capabilities(7)): both are emptied and looked at. Without CAP_SETPCAP the bounding set cannot be
  /// changed; then this process must have nothing itself, and no_new_privs sees to it that the set is never drawn from.
  /// In a user namespace of its own a process has it.
  private mutating func dropCapabilities() throws(Failure) {
    capng_get_caps_process()
    let mayBound = capng_have_capability(CAPNG_EFFECTIVE, UInt32(CAP_SETPCAP)) == 1
    capng_clear(CAPNG_SELECT_ALL)
    if mayBound { _ = capng_apply(CAPNG_SELECT_BOUNDS) }
    // Its own as well; the unit has capset off its list of system calls, and exec takes them then.
    _ = capng_apply(CAPNG_SELECT_CAPS)
    capng_get_caps_process()
    let isBounded = capng_have_capabilities(CAPNG_SELECT_BOUNDS) == CAPNG_NONE
    let inherits = (0...UInt32(CAP_LAST_CAP)).contains { capng_have_capability(CAPNG_INHERITABLE, $0) == 1 }
    guard !inherits, isBounded || capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE else {
      throw Failure(.system, operation: "drop capabilities", cause: "some would still be there after exec")
    }
    note(.boundingSet, on: isBounded, isBounded ? "" : "it cannot be emptied without a user namespace of its own")
  }

  private mutating func closePaths(_ plan: LaunchPlan, _ order: borrowing Order) throws(Failure) {
    do {
      guard let paths = try Landlock() else {
        note(.landlock, on: false, "the kernel has none, or was started without it")
        return
      }
      let abi = paths.abi
      // One path that cannot be permitted is no reason to permit all: whoever had a hand in it would have won that way.
      for path in plan.executable { try paths.allow([.execute, .read], path) }
      for path in plan.readable { try paths.allow(.read, path) }
      for path in plan.devices { try paths.allow([.read, .write, .command], path) }
      for number in order.numbers(of: plan.reopened) { try paths.allowAgain(number) }
      try paths.restrict()
      note(.landlock, on: true, "ABI \(abi)")
    } catch let error as Failure {
      throw error
    } catch let error as Errno {
      throw error.failure("close paths")
    } catch {
      throw Failure(.internal, operation: "close paths", cause: "\(error)")
    }
  }
}
