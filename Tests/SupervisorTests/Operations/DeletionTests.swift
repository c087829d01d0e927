import Foundation
import Glibc
import Linux
import Testing

extension GuestTests {
  /// A resize that hangs ends long after its VM. Both callers are told, and nothing of the VM comes back.
  @Test func aVMThatIsDeletedDuringAResizeStaysDeleted() async throws {
    try await Rig.run { rig in
      await rig.supervisor.stop()
      let frozen = try FrozenDisk(rig.image("frozen"))
      defer { frozen.remove() }
      try await rig.startSupervisor()
      let path = frozen.folder + "/data.raw"
      try Command.must("/usr/bin/truncate", "-s", "1M", path)
      chmod(path, 0o666)
      await rig.ok("create", "-f", "-", input: "name: web\nmemory: 16MiB\ndisks: [{name: data, path: \(path)}]\n")
      let record = rig.folder + "/lib/vms/\(await rig.status("web").id)/vm.json"
      try frozen.freeze()
      let resize = Task { await rig.cli("disk", "resize", "web", "data", "4MiB") }
      try await eventually("the resize has begun") { try Files.readText(record).contains("\"resizeDisk\"") }
      await rig.ok("delete", "web")
      #expect(await rig.ok("status", "--output", "name").isEmpty)
      try frozen.thaw()
      let resized = await resize.value
      #expect(resized.status != 0 && resized.error.contains("web"), "\(resized.error)")
      func isThere() async -> Bool {
        let names = await rig.ok("status", "--output", "name")
        let top = await rig.ok("top", "--once", "--output", "json")
        return !names.isEmpty || top.contains("\"web\"") || Files.exists(record)
      }
      #expect(await !isThere())
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await !isThere())
      #expect(await rig.doctor()["records"]?.level == "ok")
    }
  }
}
