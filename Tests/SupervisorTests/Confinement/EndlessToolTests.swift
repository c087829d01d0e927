import Glibc
import Linux
import Testing

@testable import Storage

extension GuestTests {
  /// The tool that grows an image never ends: it goes with its VM, and holds up nobody else.
  @Test func aToolThatNeverEndsGoesWithItsVM() async throws {
    try await Rig.run { rig in
      // The supervisor alone sees another program where qemu-img is.
      await rig.supervisor.stop()
      try rig.supervisor.start(
        ["/usr/bin/nsenter", "--net=/run/netns/" + rig.namespace, "/usr/bin/unshare", "--mount", "/bin/sh", "-c"]
          + ["mount --bind \"$0\" /usr/bin/qemu-img && exec \"$@\"", rig.bin + "/confined"]
          + [
            "/usr/bin/setpriv", "--reuid", Rig.user, "--regid", Rig.group, "--clear-groups",
            rig.bin + "/vmsupervisor", "daemon", "--config", rig.folder + "/supervisor.conf",
          ])
      try await eventually("the supervisor answers") { await rig.cli("status").status == 0 }
      let path = rig.image("data.qcow2")
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", path, "8M")
      chmod(path, 0o666)
      await rig.ok("create", "-f", "-", input: "name: web\nmemory: 16MiB\ndisks: [{name: data, path: \(path)}]\n")
      let resize = Task { await rig.cli("disk", "resize", "web", "data", "16MiB") }
      func holders() -> [Int32] {
        Rig.processes(under: path.replacing("/data.qcow2", with: "")).filter { $0 != rig.supervisor.pid }
      }
      try await eventually("the tool runs") { holders().contains { ProcessFacts(pid: $0)?.name == "qemu-img" } }
      // Others are served meanwhile.
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("other"))
      await rig.ok("kill", "other")
      await rig.ok("delete", "web")
      let ended = await resize.value
      #expect(ended.status != 0 && ended.error.hasSuffix("\(path): it was cancelled\n"), "\(ended.error)")
      try await eventually("the tool is gone") { holders().isEmpty }
      #expect(try ImageHeader.virtualSize(Array(Files.read(path).prefix(512))) == 8 << 20)
    }
  }
}
