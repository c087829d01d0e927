import Foundation
import Linux
import Testing

extension GuestTests {
  /// Each wrong thing: a sentence with the remedy, the exit status as specified, nothing left behind.
  @Test func badInputIsRefusedWithARemedy() async throws {
    try await Rig.run { rig in
      func refused(
        _ spec: String, status: Int32 = 1, _ words: String..., location: SourceLocation = #_sourceLocation
      ) async {
        let result = await rig.cli("create", "-f", "-", "--start", input: spec)
        #expect(result.status == status, "\(result.error)", sourceLocation: location)
        #expect(result.error.hasPrefix("vmsupervisor: cannot "), "\(result.error)", sourceLocation: location)
        for word in words { #expect(result.error.contains(word), "\(result.error)", sourceLocation: location) }
        let left = await rig.ok("status", "--output", "name")
        #expect(!left.contains("bad"), "left: \(left)", sourceLocation: location)
      }
      await refused("name: bad\nmemroy: 128MiB\n", "memroy", "did you mean", "memory", "line 2")
      await refused("name: bad\nmemory: 0\ndisks: [{size: 1MiB}]\n", "memory", "16MiB")
      await refused("name: bad\nmemory: [", "line")
      await refused(rig.bareSpec("-bad"), "name", "letter")
      await refused(
        "name: bad\nmemory: 16MiB\ndisks: [{path: /nonexistent/x.qcow2}]\n", status: 4, "/nonexistent/x.qcow2",
        "bring the file there")
      await refused(
        "name: bad\nmemory: 16MiB\nboot: {kernel: /nonexistent/vmlinuz}\n", status: 4, "/nonexistent/vmlinuz",
        "correct the path")
      await refused(rig.bareSpec("bad", extra: "nics: [{network: nowhere}]"), status: 4, "nowhere", "default")
      await refused(rig.bareSpec("bad", extra: "nics: [{address: 192.0.2.7}]"), "192.0.2.7", "10.100.0.0")
      await refused(rig.bareSpec("bad", extra: "accel: kvm"), "kvm", "tcg")

      try Files.replace(rig.image("secret.raw"), with: [UInt8](repeating: 0, count: 4096), mode: 0o600)
      await refused(
        "name: bad\nmemory: 16MiB\ndisks: [{path: \(rig.image("secret.raw"))}]\n", status: 5, "secret.raw",
        "let the supervisor's user")

      await rig.ok("create", "-f", "-", input: rig.bareSpec("good"))
      let twice = await rig.cli("create", "-f", "-", input: rig.bareSpec("good"))
      #expect(twice.status == 1 && twice.error.contains("exists already") && twice.error.contains("another name"))

      #expect(await rig.cli("start", "nobody").status == 4)
      #expect(await rig.cli("wait", "good", "--state", "running", "--timeout", "1").status == 124)
      #expect(await rig.cli("wait", "good", "--state", "sideways").status != 0)
      #expect(await rig.cli("frobnicate").status == 64)

      // The ports of the refused ones are free again, and their slots too.
      try await eventually("no port is left") { await rig.cli("ports", "--no-headers").output.isEmpty }
    }
  }

  @Test func supervisorRefusesToBeRoot() async throws {
    try await Rig.run { rig in
      let result = await Command.run(
        rig.bin + "/vmsupervisor", ["daemon", "--config", rig.folder + "/supervisor.conf"])
      #expect(result.status == 5 && result.error.contains("AllowRoot=yes"), "\(result.error)")
      // And a second one leaves the first alone.
      let second = await Command.run(
        "/usr/bin/setpriv",
        [
          "--reuid", Rig.user, "--regid", Rig.group, "--clear-groups", rig.bin + "/vmsupervisor", "daemon", "--config",
          rig.folder + "/supervisor.conf",
        ])
      #expect(second.status == 1 && second.error.contains("already serves"), "\(second.error)")
      await rig.ok("status")
    }
  }
}
