import Foundation
import Linux
import Testing

@testable import HypervisorQEMU
@testable import NodeCore

/// The folder with the sockets of running VMs is gone.
@Suite struct HypervisorSearchTests {
  private func line(_ words: String...) -> [UInt8] { words.flatMap { Array($0.utf8) + [0] } }

  @Test func readsCommandLines() {
    let id = "11111111-2222-3333-4444-555555555555"
    #expect(QEMUWords.isEmulated(line("qemu", "-uuid", id, "-accel", "tcg,tb-size=32"), id) == true)
    #expect(QEMUWords.isEmulated(line("qemu", "-accel", "kvm", "-uuid", id), id) == false)
    #expect(QEMUWords.isEmulated(line("qemu", "-uuid", id.replacing("1", with: "2")), id) == nil)
    #expect(QEMUWords.isEmulated(line("grep", id), id) == nil)
    #expect(QEMUWords.isEmulated(line("qemu", "-uuid"), id) == nil)
    #expect(QEMUWords.isEmulated([], id) == nil)
    #expect(HypervisorSearch.user("Name:\tx\nUid:\t1\t65534\t3\t4\n") == 65534)
    #expect(HypervisorSearch.user("Name:\tx\n") == nil)
  }
}

extension GuestTests {
  @Test func aRunningVMWhoseSocketsWereRemovedIsSaidAndCanBeEnded() async throws {
    try await Rig.run { rig in
      for name in ["web", "other", "last"] { await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec(name)) }
      let web = await rig.status("web")
      let other = await rig.status("other")
      func warning(_ name: String) async -> String {
        await rig.status(name).warnings.first { $0.contains("sockets") } ?? ""
      }
      try Files.removeFolder(rig.folder + "/run/vms")
      try await eventually("it is said") { await warning("web").contains("removed the sockets of its hypervisor") }
      let reason = await rig.explain("web").reasons.first { $0.cause.contains("removed the sockets") }
      #expect(reason?.remedy.contains("vmsupervisor stop web, then vmsupervisor start web") == true)
      let check = await rig.doctor()["sockets.web"]
      #expect(check?.level == "warn" && check?.fix.contains("vmsupervisor stop web") == true)
      #expect(await rig.ok("events", "web").contains("its sockets were removed"))

      // A supervisor that is started again knows them all the same.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await rig.status("web").pid == web.pid)
      #expect(await warning("web").contains("removed the sockets"))
      // As the remedy says.
      _ = await rig.cli("stop", "web", "--timeout", "1")
      #expect(await rig.status("web").state == "stopped")
      await rig.ok("start", "web")
      #expect(await warning("web").isEmpty)

      // Nor does it lose them when the folder goes while no supervisor is there to see it.
      await rig.supervisor.stop()
      try Files.removeFolder(rig.folder + "/run/vms")
      try await rig.startSupervisor()
      let found = await rig.status("other")
      #expect(found.state == "running" && found.pid == other.pid && !found.cause.contains("incarnation"))
      await rig.ok("kill", "other")
      #expect(await rig.status("other").state == "stopped")
      await rig.ok("start", "other")
      await rig.ok("delete", "last", "--force")
    }
  }
}
