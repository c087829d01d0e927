import Foundation
import Glibc
import HypervisorQEMU
import Linux
import Seeded
import Synchronization
import Testing

/// VMs that are saved into folders and made again from them.
extension GuestTests {
  @Test func copiesGoOnBesideTheOriginal() async throws {
    try await Rig.run { rig in
      await rig.boot("origin", extra: "disks: [{name: data, size: 8MiB}]\nnics: [{network: default}]")
      let boot = await rig.inGuest("origin", "cat /proc/sys/kernel/random/boot_id")
      await rig.notes("origin", "before")
      let folder = await rig.ok("save", "origin", "warm").filter { !$0.isWhitespace }
      #expect(folder == rig.folder + "/lib/saves/warm")
      #expect(try Set(Files.names(in: folder)) == ["manifest.json", "vm.json", "disk-data.qcow2", "memory"])
      let again = await rig.cli("save", "origin", "warm")
      #expect(again.status != 0 && again.error.contains("not empty"), "\(again.error)")
      #expect(await rig.status("origin").state == "running")
      await rig.notes("origin", "after")
      let generation = try await rig.generation("origin")
      var (macs, addresses, ids, generations) = (Set<String>(), Set<String>(), Set<String>(), Set<String>())
      for name in ["origin"] + (0..<10).map({ "copy\($0)" }) {
        if name != "origin" {
          await rig.ok("restore", "warm", "--name", name, "--start")
          await rig.ok("wait", name, "--state", "agent", "--timeout", "90")
          #expect(await rig.inGuest(name, "cat /proc/sys/kernel/random/boot_id") == boot, "it has not booted")
          #expect(await rig.noted(name) == "before")
        }
        let status = await rig.status(name)
        try await eventually("\(name) is who it is") {
          let cards = await rig.inGuest(name, "uname -n; cat /sys/class/net/eth0/address; ip -o -4 addr show eth0")
          let words = cards.split(separator: "\n").map(String.init)
          return words.count == 3 && words[0] == name && words[1] == status.mac
            && words[2].contains(" \(status.address)/")
        }
        try await eventually("\(name) answers") {
          await rig.inNetwork("ping", "-n", "-c", "1", "-W", "1", status.address).status == 0
        }
        try await eventually("\(name) knows the time") {
          let told = Double(await rig.inGuest(name, "date +%s").filter(\.isNumber)) ?? 0
          return abs(told - Date().timeIntervalSince1970) < 5
        }
        macs.insert(status.mac)
        addresses.insert(status.address)
        ids.insert(status.id)
        let told = try await rig.generation(name)
        #expect(await rig.guestGeneration(name) == told)
        generations.insert(told)
      }
      #expect(macs.count == 11 && addresses.count == 11 && ids.count == 11 && generations.count == 11)
      // The original is as it was.
      #expect(await rig.noted("origin") == "after")
      #expect(await rig.inGuest("origin", "cat /proc/sys/kernel/random/boot_id") == boot)
      #expect(try await rig.generation("origin") == generation)
      // A copy is a VM as every other: it keeps what it writes, and boots.
      await rig.notes("copy0", "own")
      await rig.ok("kill", "copy0")
      await rig.ok("start", "copy0")
      await rig.ok("wait", "copy0", "--state", "agent", "--timeout", "90")
      #expect(await rig.inGuest("copy0", "head -n 1 /dev/vda") == "own\n")
      #expect(await rig.inGuest("copy0", "cat /proc/sys/kernel/random/boot_id") != boot)
      let twice = await rig.cli("restore", "warm", "--name", "copy1")
      #expect(twice.status != 0 && twice.error.contains("exists already"), "\(twice.error)")
    }
  }

  /// Disks alone: of a guest that runs, and of VMs that do not, with images of every kind.
  @Test func disksAreSavedWhole() async throws {
    try await Rig.run { rig in
      await rig.boot("disks", extra: "disks: [{name: data, size: 8MiB}]\nnics: [{network: default}]")
      await rig.notes("disks", "one")
      await rig.ok("save", "disks", rig.folder + "/lib/saves/flat", "--disks-only")
      await rig.notes("disks", "two")
      await rig.ok("restore", "flat", "--name", "other", "--start")
      await rig.ok("wait", "other", "--state", "agent", "--timeout", "90")
      #expect(await rig.inGuest("other", "head -n 1 /dev/vda") == "one\n")
      #expect(await rig.noted("disks") == "two")
      let image = rig.folder + "/lib/vms/\(await rig.status("disks").id)/data.qcow2"
      #expect(try Command.must("/usr/bin/qemu-img", "snapshot", "-U", "-l", image).isEmpty)
      await rig.ok("kill", "other")
      await rig.ok("kill", "disks")

      let base = rig.image("base.qcow2")
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", base, "4M")
      try Command.must("/usr/bin/qemu-io", "-c", "write -P 7 0 64k", base)
      chmod(base, 0o644)
      let drives =
        "disks: [{name: layer, backing: \(base)}, {name: flat, size: 2MiB, format: raw}, "
        + "{name: shared, path: \(base), readonly: true}]"
      await rig.ok(
        "create", "-f", "-", "--start",
        input: "name: kinds\nmemory: 16MiB\nnics: [{network: default, address: 10.100.0.200}]\n\(drives)\n")
      let raw = await rig.cli("save", "kinds", "kinds")
      #expect(raw.status != 0 && raw.error.contains("kinds: flat") && raw.error.contains("stop"), "\(raw.error)")
      await rig.ok("kill", "kinds")
      let folder = rig.folder + "/lib/vms/\(await rig.status("kinds").id)"
      try Command.must("/usr/bin/qemu-io", "-f", "raw", "-c", "write -P 9 1M 64k", folder + "/flat.raw")
      await rig.ok("save", "kinds", "kinds")
      let renamed = await rig.cli("restore", "kinds", "--name", "more")
      #expect(renamed.status == 0 && renamed.error.contains("10.100.0.200"), "\(renamed.error)")
      let copy = rig.folder + "/lib/vms/\(await rig.status("more").id)"
      for (name, bytes) in [("layer", "read -P 7 0 64k"), ("flat", "read -P 9 1M 64k")] {
        try Command.must("/usr/bin/qemu-io", "-c", bytes, copy + "/\(name).qcow2")
        #expect(try !Command.must("/usr/bin/qemu-img", "info", copy + "/\(name).qcow2").contains("backing"))
      }
      await rig.ok("start", "more")
      // Under its own name only when nobody has it.
      let taken = await rig.cli("restore", "kinds")
      #expect(taken.status != 0 && taken.error.contains("--name"), "\(taken.error)")
      await rig.ok("delete", "kinds")
      await rig.ok("restore", "kinds", "--start")
      #expect(await rig.status("kinds").address == "10.100.0.200")
    }
  }

  /// What lies in a folder may be anything.
  @Test func strangeFoldersAreRefused() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", "--start", input: "name: bare\nmemory: 16MiB\ndisks: [{name: a, size: 1MiB}]\n")
      let saves = rig.folder + "/lib/saves"
      for place in ["/etc/x", "../x", "a/b", ".x", "", rig.folder + "/lib/x", saves, saves + "/a/b"] {
        let refused = await rig.cli("save", "bare", "--", place)
        #expect(refused.status != 0 && refused.error.contains("folder"), "\(place): \(refused.error)")
        #expect(await rig.cli("restore", "--", place).status != 0)
      }
      await rig.ok("save", "bare", "good")
      #expect(await rig.cli("restore", "nothing", "--name", "x").error.contains("not there"))
      func refuses(_ words: String, _ change: (String) throws -> Void) async throws {
        let bad = saves + "/bad"
        try? Files.removeFolder(bad)
        try Command.must("/usr/bin/cp", "-a", saves + "/good", bad)
        try change(bad)
        let refused = await rig.cli("restore", "bad", "--name", "bad")
        #expect(refused.status != 0 && refused.error.contains(words), "\(words): \(refused.error)")
        #expect(await rig.cli("status", "bad").status != 0)
      }
      func edit(_ bad: String, _ old: String, _ new: String) throws {
        let text = try Files.readText(bad + "/manifest.json")
        #expect(text.contains(old), "\(text)")
        try Files.replace(
          bad + "/manifest.json", with: Array(text.replacingOccurrences(of: old, with: new).utf8), mode: 0o644)
      }
      try await refuses("save.v9") { try edit($0, "procurator.save.v1", "procurator.save.v9") }
      try await refuses("is not called as it is saved") { try edit($0, "disk-a.qcow2", "../../secret") }
      try await refuses("no manifest") { try Files.replace($0 + "/manifest.json", with: Array("{}".utf8), mode: 0o644) }
      try await refuses("not the file that was saved") { bad in
        let file = try Files.open(bad + "/memory", O_WRONLY)
        #expect(pwrite(file.raw, "x", 1, 5000) == 1)
      }
      try await refuses("not the file that was saved") { #expect(truncate($0 + "/disk-a.qcow2", 1000) == 0) }
      try await refuses("not the file that was saved") { bad in
        let file = try Files.open(bad + "/vm.json", O_WRONLY)
        #expect(pwrite(file.raw, " ", 1, 0) == 1)
      }
      // However long it is, no more is read.
      try await refuses("has more than") { #expect(truncate($0 + "/vm.json", 1 << 40) == 0) }
      try await refuses("is no name of a VM") { try edit($0, "\"vmName\" : \"bare\"", "\"vmName\" : \"a b\"") }
      try await refuses("another VM's") { try edit($0, "\"vmName\" : \"bare\"", "\"vmName\" : \"other\"") }
      try await refuses("a link") { bad in
        #expect(unlink(bad + "/disk-a.qcow2") == 0 && symlink("/etc/shadow", bad + "/disk-a.qcow2") == 0)
      }
      try await refuses("its memory cannot go on here") { try edit($0, "QEMU ", "QEMU 0.") }
      #expect(try Files.names(in: rig.folder + "/lib/restoring").isEmpty)
      await rig.ok("pause", "bare")
      let paused = await rig.cli("save", "bare", "paused")
      #expect(paused.status != 0 && paused.error.contains("--disks-only"), "\(paused.error)")
      await rig.ok("save", "bare", "paused", "--disks-only")
      #expect(await rig.status("bare").state == "paused")
    }
  }

  /// The hypervisor ends while its disks are copied: nothing of that stays in their images.
  @Test func imagesKeepNothingOfASave() async throws {
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", "--start", input: "name: cut\nmemory: 16MiB\ndisks: [{name: a, size: 256MiB}]\n")
      await rig.ok("kill", "cut")
      let image = rig.folder + "/lib/vms/\(await rig.status("cut").id)/a.qcow2"
      try Command.must("/usr/bin/qemu-io", "-c", "write -P 7 0 192M", image)
      await rig.ok("start", "cut")
      let pid = await rig.status("cut").pid
      let (binary, environment) = (rig.bin + "/vmsupervisor", ["PROCURATOR_SOCKET": rig.apiSocket])
      let isOver = Mutex(false)
      let job = Task {
        defer { isOver.withLock { $0 = true } }
        return await Command.run(binary, ["save", "cut", "cold", "--disks-only"], environment: environment)
      }
      try await eventually("its images have the snapshot, or had it") {
        if isOver.withLock({ $0 }) { return true }
        return try !Command.must("/usr/bin/qemu-img", "snapshot", "-U", "-l", image).isEmpty
      }
      kill(pid, SIGKILL)
      let saved = await job.value
      try await eventually("it has ended") { await rig.status("cut").pid == 0 }
      #expect(try Command.must("/usr/bin/qemu-img", "snapshot", "-l", image).isEmpty, "\(saved.error)")
      let folder = rig.folder + "/lib/saves"
      #expect(try Files.names(in: folder) == (saved.status == 0 ? ["cold"] : []), "\(saved.error)")
      await rig.ok("start", "cut")
    }
  }

  /// Supervisor and hypervisor are killed in the middle: a folder is whole or is none, and so is a VM.
  @Test func killsInTheMiddleLeaveNothingHalf() async throws {
    var random = SeededRandom("saves that are killed")
    try await Rig.run { rig in
      await rig.ok(
        "create", "-f", "-", "--start", input: "name: torn\nmemory: 64MiB\ndisks: [{name: a, size: 4MiB}]\n")
      let saves = rig.folder + "/lib/saves"
      let image = rig.folder + "/lib/vms/\(await rig.status("torn").id)/a.qcow2"
      await rig.ok("save", "torn", "base")
      for round in 0..<12 {
        if await rig.status("torn").state != "running" {
          _ = await rig.cli("stop", "torn")
          await rig.ok("start", "torn")
        }
        let words: [String] =
          switch round % 3 {
          case 0: ["save", "torn", "warm\(round)"]
          case 1: ["save", "torn", "flat\(round)", "--disks-only"]
          default: ["restore", "base", "--name", "copy\(round)", "--start"]
          }
        let both = try await rig.interrupt(words, of: "torn", within: 500, pending: "saved", &random)
        if both == 0 { #expect(await rig.status("torn").state == "running", "\(words): it goes on") }
        // An operation comes after what was left is settled.
        _ = await rig.cli("snapshot", "create", "torn", "probe", "--disk-only")
        _ = await rig.cli("snapshot", "delete", "torn", "probe")
        _ = await rig.cli("kill", "torn")
        #expect(try Command.must("/usr/bin/qemu-img", "snapshot", "-l", image).isEmpty, "\(words), \(both)")
        try Command.must("/usr/bin/qemu-img", "check", "-q", "-r", "leaks", image)
        for name in try Files.names(in: saves) {
          #expect(Files.exists(saves + "/\(name)/manifest.json"), "\(words): \(name)")
          if name != "base" {
            await rig.ok("restore", name, "--name", "probe")
            await rig.ok("delete", "probe")
            try Files.removeFolder(saves + "/" + name)
          }
        }
        #expect((try? Files.names(in: rig.folder + "/lib/restoring")) ?? [] == [])
        if await rig.cli("status", "copy\(round)").status == 0 { await rig.ok("delete", "copy\(round)", "--force") }
      }
    }
  }
}

extension Rig {
  /// Lets a guest write a word to its disk and into its memory.
  fileprivate func notes(_ vm: String, _ word: String) async {
    await ok(
      "exec", vm, "--", "sh", "-c",
      "echo \(word) >/tmp/word; echo \(word) | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null")
  }

  /// What it has noted; both words if they are not the same.
  fileprivate func noted(_ vm: String) async -> String {
    let words = await inGuest(vm, "cat /tmp/word; head -n 1 /dev/vda").split(separator: "\n")
    return Set(words).sorted().joined(separator: ",")
  }

  /// What the hypervisor tells the guest of which copy it is, which the VM's status says too.
  func generation(_ vm: String) async throws -> String {
    let status = await status(vm)
    let monitor = try await QMPClient.connect(path: "\(folder)/run/vms/\(status.id)/qmp2")
    let id = try await monitor.queryGenerationID()
    await monitor.close()
    #expect(status.fields["generation_id"] as? String == id)
    return id
  }
}

extension Rig {
  /// What a guest reads of it in its memory: at the place that the ACPI tables say (QEMU: docs/specs/vmgenid.txt). The kernel of the
  /// test guest has no driver for it.
  func guestGeneration(_ vm: String) async -> String {
    let script = """
      table=$(grep -l VGIA /sys/firmware/acpi/tables/SSDT*)
      place=$(hexdump -v -e '1/1 "%02x"' "$table" | sed 's/.*564749410c\\(........\\).*/\\1/')
      place=$((0x${place:6:2}${place:4:2}${place:2:2}${place:0:2} + 40))
      for part in 0 4 8 12; do busybox devmem $((place + part)) 32; done
      """
    let text = await inGuest(vm, script)
    // Four little-endian numbers, of which the UUID has the first, the halves of the second, and the bytes of the others.
    let parts = text.lowercased().split(separator: "\n").map { Array($0.dropFirst(2)) }
    guard parts.count == 4, parts.allSatisfy({ $0.count == 8 }) else { return text }
    func bytes(_ word: [Character]) -> String {
      stride(from: 6, through: 0, by: -2).map { String(word[$0...$0 + 1]) }.joined()
    }
    let third = bytes(parts[2])
    return [
      String(parts[0]), String(parts[1][4...]), String(parts[1][..<4]), String(third.prefix(4)),
      third.suffix(4) + bytes(parts[3]),
    ].joined(separator: "-")
  }
}

extension VMStatus {
  fileprivate var mac: String { ((fields["ports"] as? [[String: Any]])?.first?["mac"] as? String) ?? "" }
}
