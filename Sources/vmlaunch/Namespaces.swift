import CLinux
import Failure
import Glibc
import IPC
import IPCPeer
import Linux

extension Confinement {
  /// Enters namespaces of its own and gets its user there; stays where it is if the host does not have them.
  ///
  /// No mount namespace: making one costs with every mount of the host, under a lock of all, and Landlock closes the
  /// paths. No process namespace: that would need a second process. None for System V IPC and host name: the list of
  /// system calls has neither, and the service has its own.
  mutating func enterNamespaces(identity: UInt32, asking socket: Int32) throws(Failure) {
    let (user, group) = (geteuid(), getegid())
    do throws(Errno) { try Errno.check(clinux_own_namespaces()) } catch {
      for layer in [LaunchLayer.userNamespace, .networkNamespace] { note(layer, on: false, "\(error)") }
      if identity != 0 { note(.subordinateUser, on: false, "no user namespace") }
      return
    }
    note(.userNamespace, on: true)
    note(.networkNamespace, on: true)
    do throws(Errno) {
      if identity != 0, try takeIdentity(identity, asking: socket) { return }
      // A single user and group, the same inside as outside; without a right over others groups are out of reach first.
      try Self.write("deny", "/proc/self/setgroups")
      try Self.write("\(user) \(user) 1\n", "/proc/self/uid_map")
      try Self.write("\(group) \(group) 1\n", "/proc/self/gid_map")
    } catch {
      throw error.failure("map user into namespace")
    }
  }

  /// Becomes a user that no other process runs as, if the supervisor could arrange for it.
  private mutating func takeIdentity(_ identity: UInt32, asking socket: Int32) throws(Errno) -> Bool {
    let copy = Descriptor(owning: try Errno.check(clinux_dup_above(socket, LaunchPlan.socketNumber + 1)))
    var supervisor = Connection(copy, peer: "vmsupervisor")
    do throws(Failure) { _ = try supervisor.call(LaunchIdentity()) } catch {
      note(.subordinateUser, on: false, error.cause)
      return false
    }
    try Errno.check(clinux_thread_identity(identity, identity))
    note(.subordinateUser, on: true, "\(identity)")
    return true
  }

  private static func write(_ text: String, _ path: String) throws(Errno) {
    let file = try Files.open(path, O_WRONLY)
    try Files.writeAll(Array(text.utf8), to: file.raw)
  }
}
