import CCapNg
import CLinux
import Failure
import Glibc
import IPC
import IPCPeer
import Linux

/// The layers that are put on before the hypervisor runs, from the outermost in.
enum Confinement {
  static func apply(_ plan: LaunchPlan) throws(Failure) {
    // A session of its own: no terminal of ours can signal the hypervisor.
    if setsid() < 0 && getpgrp() != getpid() { throw Errno(errno).failure("start session") }
    umask(0o077)
    try limit(CLINUX_OPEN_FILES, plan.openFiles, "RLIMIT_NOFILE")
    try limit(CLINUX_CORE_SIZE, plan.coreSize, "RLIMIT_CORE")
    try limit(CLINUX_LOCKED_MEMORY, plan.lockedMemory, "RLIMIT_MEMLOCK")
    try dropCapabilities()
    do { try Privileges.forbidNew() } catch { throw error.failure("set no_new_privs") }
  }

  private static func limit(_ resource: clinux_resource, _ value: UInt64, _ name: String) throws(Failure) {
    do { try Errno.check(clinux_limit(resource, value)) } catch { throw error.failure("set limit", name) }
  }

  /// Empties every set that this process may change, and refuses to go on unless nothing is left in use.
  ///
  /// Without CAP_SETPCAP the bounding set cannot be changed; no_new_privs then sees to it that it is never drawn from.
  private static func dropCapabilities() throws(Failure) {
    capng_get_caps_process()
    let mayBound = capng_have_capability(CAPNG_EFFECTIVE, UInt32(CAP_SETPCAP)) == 1
    capng_clear(CAPNG_SELECT_ALL)
    let what = mayBound ? CAPNG_SELECT_ALL : capng_select_t(CAPNG_SELECT_CAPS.rawValue | CAPNG_SELECT_AMBIENT.rawValue)
    guard capng_apply(what) == 0 else {
      throw Failure(.system, step: "drop capabilities", cause: "capng_apply failed", errno: errno)
    }
    capng_get_caps_process()
    guard capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE else {
      throw Failure(.system, step: "drop capabilities", cause: "some are still there after dropping them")
    }
  }
}
