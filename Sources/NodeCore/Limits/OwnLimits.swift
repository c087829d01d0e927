import Failure
import Linux

/// What the supervisor itself may take of its host, so that whatever somebody makes it do costs no guest its memory.
///
/// On its own group, which has no guest in it: a limit of the unit would be shared by all of them.
enum OwnLimits {
  /// Bytes above which the kernel takes pages back and slows it down. With 1,000 VMs it has about a tenth of that.
  static let memoryHigh: UInt64 = 1 << 30
  /// Bytes above which it is ended, to start again; guests go on.
  static let memoryMost: UInt64 = 2 << 30
  /// Threads, and processes of tools that it runs. It has a few dozens of both.
  static let tasks = 4096

  /// Sets them, as far as the controllers are there.
  static func hold(_ group: Cgroup, _ controllers: Set<Cgroup.Controller>) throws(Failure) {
    do throws(Errno) {
      if controllers.contains(.memory) {
        try group.write("memory.high", String(memoryHigh))
        try group.setMemory(memoryMost)
      }
      if controllers.contains(.pids) { try group.setTasks(tasks) }
    } catch {
      throw error.failure("limit the supervisor's own memory and tasks", group.path)
    }
  }
}
