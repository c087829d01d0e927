import Foundation
import Linux
import Testing

@testable import vmsupervisor

/// Images that lead elsewhere or are in somebody else's hands, and what their refusals tell.
extension GuestTests {
  @Test func aBackingImageLeadsNowhere() async throws {
    try await Rig.run { rig in
      let victim = rig.image("victim.raw")
      try Command.must("/usr/bin/truncate", "-s", "8M", victim)
      let data = rig.image("data.qcow2")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=\(victim),data_file_raw=on", data, "8M")
      let network = rig.image("network.qcow2")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "nbd://127.0.0.1:9/x", "-F", "raw", network,
        "8M")
      for file in [victim, data, network] { chmod(file, 0o666) }
      for (name, image, words) in [("file", data, "data_file"), ("net", network, "backing file")] {
        let spec = "name: \(name)\nmemory: 16MiB\ndisks: [{name: root, backing: \(image), size: 64MiB}]\n"
        await rig.ok("create", "-f", "-", input: spec)
        let refused = await rig.cli("start", name)
        #expect(refused.status != 0 && refused.error.contains(words), "\(refused.error)")
        #expect(refused.error.contains(image), "\(refused.error)")
        #expect(await rig.explain(name).reasons.contains { $0.cause.contains(words) && !$0.remedy.isEmpty })
        #expect(await rig.cli("create", "-f", "-", "--start", input: "name: n\(spec.dropFirst(6))").status != 0)
        // A layer of ours was not even begun.
        let folder = rig.folder + "/lib/vms/\(await rig.status(name).id)"
        #expect(try !Files.names(in: folder).contains { $0.hasPrefix("root.") })
      }
      var status = stat()
      #expect(stat(victim, &status) == 0 && status.st_size == 8 << 20)
    }
  }

  /// Another program has the image: a lock that only the hypervisor meets.
  @Test func anImageOfAForeignProgramIsRefusedInWords() async throws {
    try await Rig.run { rig in
      let path = rig.image("own.raw")
      try Command.must("/usr/bin/truncate", "-s", "1M", path)
      chmod(path, 0o666)
      let foreign = Daemon(log: rig.folder + "/foreign.log")
      let socket = rig.folder + "/foreign.sock"
      try foreign.start([
        "/usr/bin/qemu-system-x86_64", "-S", "-display", "none", "-nodefaults", "-m", "16", "-drive",
        "file=\(path),format=raw,if=virtio", "-qmp", "unix:\(socket),server=on,wait=off",
      ])
      // Images are opened before it lets anybody in.
      try await eventually("it has its disk") { foreign.isAlive && answers(socket) }
      await rig.ok(
        "create", "-f", "-", input: "name: web\nmemory: 16MiB\ndisks: [{name: root, path: \(path), format: raw}]\n")
      let refused = await rig.cli("start", "web")
      #expect(refused.status != 0, "\(refused.output)")
      let words = "\(path): another VM or program uses it and has it locked; end that first: lsof \(path) names it"
      #expect(refused.error.contains(words), "\(refused.error)")
      let shown = await rig.cli("status", "web", "--output", "json").output
      #expect(shown.contains("has it locked"), "\(shown)")
      for word in ["fdset", "blockdev", "qemu-system"] { #expect(!shown.contains(word), "\(shown)") }
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("hot"))
      let plugged = await rig.cli("disk", "attach", "hot", "--name", "own", "--path", path, "--format", "raw")
      #expect(plugged.status != 0 && plugged.error.contains(words), "\(plugged.error)")
      // As the remedy says.
      await foreign.stop()
      await rig.ok("start", "web")
    }
  }

  private func answers(_ socket: String) -> Bool { (try? UnixSocket.connect(socket, .stream)) != nil }

  /// A request that can never hold is refused for itself, with the same words whatever is at the path.
  @Test func aWrongNameTellsNothingOfAPath() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("hot"))
      try Files.replace(rig.image("secret"), with: [1, 2, 3], mode: 0o600)
      var answers: Set<String> = []
      for path in [rig.image("secret"), rig.image("nothing"), "/etc", "/dev/null"] {
        let refused = await rig.cli("disk", "attach", "hot", "--name", "a/b", "--path", path)
        #expect(refused.status == 64 || refused.status == 1, "\(refused.error)")
        answers.insert(refused.error)
      }
      #expect(answers.count == 1, "\(answers)")
      #expect(answers.first?.contains("--name") == true && answers.first?.contains("/") == true, "\(answers)")
      #expect(await rig.ok("disk", "attach", "hot", "--name", "good", "--size", "1MiB") == "good\n")
    }
  }
}
