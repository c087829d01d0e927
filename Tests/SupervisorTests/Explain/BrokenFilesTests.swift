import Foundation
import Glibc
import Linux
import Testing

/// Files of a VM that are not where its document says: whoever does what the remedy says has a VM that runs.
@Suite(.serialized) struct BrokenFilesTests {
  /// A start fails, and says so in every place.
  private static func isRefused(_ rig: Rig, _ path: String, _ remedy: String) async throws {
    let refused = await rig.cli("start", "web")
    #expect(refused.status == 4 && refused.error.contains(path) && refused.error.contains(remedy), "\(refused.error)")
    let explained = await rig.explain("web")
    #expect(explained.verdict == "blocked")
    #expect(explained.reasons.first?.object == path && explained.reasons.first?.remedy.contains(remedy) == true)
    #expect(await rig.ok("events", "web").contains(path))
  }

  @Test func aMissingKernelIsPutBack() async throws {
    try await Rig.run { rig in
      let path = rig.image("vmlinuz")
      await rig.ok("create", "-f", "-", input: rig.guestSpec("web", extra: ""))
      try Command.must("/usr/bin/mv", path, path + ".away")
      let remedy = "bring the file there, mount its file system, or make a link there to where it is (ln -s)"
      try await Self.isRefused(rig, path, remedy)
      // As the remedy says: another place first, then the old one.
      try Command.must("/usr/bin/ln", "-s", path + ".away", path)
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
      await rig.ok("kill", "web")
      unlink(path)
      try await Self.isRefused(rig, path, remedy)
      try Command.must("/usr/bin/mv", path + ".away", path)
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
      #expect(await rig.explain("web").reasons(in: "image").isEmpty)
    }
  }

  @Test func aMissingDiskIsPutBackOrReplaced() async throws {
    try await Rig.run { rig in
      try rig.bootableDisk("own.raw", saying: "hello")
      try rig.bootableDisk("other.raw", saying: "hello")
      let path = rig.image("own.raw")
      await rig.ok(
        "create", "-f", "-", "--start", input: "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(path)}]\n")
      await rig.ok("kill", "web")
      try Command.must("/usr/bin/mv", path, path + ".away")
      let remedy = "vmsupervisor disk attach web --path FILE, then vmsupervisor disk detach web root"
      try await Self.isRefused(rig, path, remedy)
      // One remedy.
      try Command.must("/usr/bin/mv", path + ".away", path)
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
      await rig.ok("kill", "web")
      // The other.
      unlink(path)
      try await Self.isRefused(rig, path, remedy)
      await rig.ok("disk", "attach", "web", "--path", rig.image("other.raw"))
      await rig.ok("disk", "detach", "web", "root")
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
    }
  }

  @Test func aMissingCDIsTakenOut() async throws {
    try await Rig.run { rig in
      let path = rig.image("seed.iso")
      try Files.replace(path, with: [UInt8](repeating: 0, count: 65536), mode: 0o644)
      chmod(path, 0o644)
      await rig.ok("create", "-f", "-", input: rig.bareSpec("web", extra: "cdroms: [{name: media, path: \(path)}]"))
      unlink(path)
      try await Self.isRefused(rig, path, "vmsupervisor cdrom eject web --drive media")
      await rig.ok("cdrom", "eject", "web", "--drive", "media")
      await rig.ok("start", "web")
      #expect(await rig.status("web").state == "running")
    }
  }
}
