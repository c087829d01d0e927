import Foundation
import Linux
import Seeded
import Testing

/// A supervisor that dies in the middle of an operation: the next one finds what was wanted, and makes it so.
extension GuestTests {
  /// Every state that a crash can leave on disk, made by hand.
  @Test func whatWasBegunIsCarriedOut() async throws {
    try await Rig.run { rig in
      await rig.boot("crash", extra: "disks: [{name: first, size: 4MiB}]\ncdroms: [{}]\nnics: [{}]")
      try rig.isoImage("a.iso", "medium a")
      await rig.ok("disk", "attach", "crash", "--size", "4MiB", "--name", "goes")
      await rig.ok("nic", "attach", "crash")
      let record = await rig.record("crash")
      let folder = URL(filePath: record).deletingLastPathComponent().path

      // Before anything was done: a disk that comes.
      await rig.supervisor.kill9()
      try rig.rewrite(record) { whole in
        var spec = whole["spec"] as? [String: Any] ?? [:]
        var disks = spec["disks"] as? [[String: Any]] ?? []
        disks.append(["name": "comes", "format": "raw", "readonly": false, "size": 4 << 20])
        spec["disks"] = disks
        whole["spec"] = spec
        var places = whole["deviceAddresses"] as? [String: Any] ?? [:]
        places["disks"] = (places["disks"] as? [[String: Any]] ?? []) + [["number": 5, "port": 5]]
        whole["deviceAddresses"] = places
        whole["pendingOperation"] = ["attachDisk": ["name": "comes"]]
      }
      try await rig.startSupervisor()
      try await eventually("the disk has come") { await rig.guestDisks("crash")["comes"] != nil }
      #expect(Files.exists(folder + "/comes.raw"))

      // A disk that goes, with its image.
      await rig.supervisor.kill9()
      try rig.rewrite(record) { whole in
        var spec = whole["spec"] as? [String: Any] ?? [:]
        var disks = spec["disks"] as? [[String: Any]] ?? []
        let index = disks.firstIndex { $0["name"] as? String == "goes" } ?? 0
        let disk = disks.remove(at: index)
        spec["disks"] = disks
        whole["spec"] = spec
        var places = whole["deviceAddresses"] as? [String: Any] ?? [:]
        var all = places["disks"] as? [[String: Any]] ?? []
        let place = all.remove(at: index)
        places["disks"] = all
        whole["deviceAddresses"] = places
        whole["pendingOperation"] = ["detachDisk": ["_0": disk, "index": index, "place": place, "removes": true]]
      }
      try await rig.startSupervisor()
      try await eventually("the disk has gone") { await rig.guestDisks("crash")["goes"] == nil }
      try await eventually("its image too") { !Files.exists(folder + "/goes.qcow2") }

      // One that grows, a medium, and a card that goes: all that was done was the first line.
      await rig.supervisor.kill9()
      try rig.rewrite(record) { whole in
        var spec = whole["spec"] as? [String: Any] ?? [:]
        var disks = spec["disks"] as? [[String: Any]] ?? []
        disks[0]["size"] = 8 << 20
        spec["disks"] = disks
        whole["spec"] = spec
        whole["pendingOperation"] = ["resizeDisk": ["name": "first", "from": 4 << 20, "to": 8 << 20]]
      }
      try await rig.startSupervisor()
      try await eventually("it has grown") { await rig.inGuest("crash", "cat /sys/block/vda/size") == "16384\n" }
      await rig.supervisor.kill9()
      try rig.rewrite(record) { whole in
        var spec = whole["spec"] as? [String: Any] ?? [:]
        spec["cdroms"] = [["path": rig.image("a.iso")]]
        whole["spec"] = spec
        whole["pendingOperation"] = ["changeMedium": ["drive": 0, "isForced": false]]
      }
      try await rig.startSupervisor()
      try await eventually("the medium is in") { await rig.inGuest("crash", "head -c 8 /dev/sr0") == "medium a" }
      await rig.supervisor.kill9()
      try rig.rewrite(record) { whole in
        var spec = whole["spec"] as? [String: Any] ?? [:]
        var nics = spec["nics"] as? [[String: Any]] ?? []
        let nic = nics.remove(at: 1)
        spec["nics"] = nics
        whole["spec"] = spec
        var places = whole["deviceAddresses"] as? [String: Any] ?? [:]
        var all = places["nics"] as? [[String: Any]] ?? []
        let place = all.remove(at: 1)
        places["nics"] = all
        whole["deviceAddresses"] = places
        whole["pendingOperation"] = ["detachNIC": ["_0": nic, "index": 1, "place": place]]
      }
      try await rig.startSupervisor()
      try await eventually("the card has gone") { await rig.inGuest("crash", "ls /sys/class/net") == "eth0\nlo\n" }
      let whole = String(decoding: try Files.read(record), as: UTF8.self)
      #expect(!whole.contains("pendingOperation"))
      #expect(await rig.disks("crash") == ["first", "comes"])
    }
  }

  /// Kills at random moments while somebody attaches, detaches and resizes: guest and record always agree afterwards.
  @Test func killsInTheMiddleConverge() async throws {
    var random = SeededRandom("operations that are killed")
    try await Rig.run { rig in
      await rig.boot("killed", extra: "nics: [{}]")
      let boot = await rig.inGuest("killed", "cat /proc/sys/kernel/random/boot_id")
      var size = 4
      await rig.ok("disk", "attach", "killed", "--size", "4MiB", "--name", "stays")
      for round in 0..<10 {
        size += 4
        let words =
          switch round % 5 {
          case 0: ["disk", "attach", "killed", "--size", "2MiB", "--name", "moves"]
          case 1: ["nic", "attach", "killed", "--network", "second"]
          case 2: ["disk", "resize", "killed", "stays", "\(size)MiB"]
          case 3: ["disk", "detach", "killed", "moves", "--delete"]
          default: ["nic", "detach", "killed", "1"]
          }
        let nap = Duration.milliseconds(Int.random(in: 0...150, using: &random))
        let binary = rig.bin + "/vmsupervisor"
        let environment = ["PROCURATOR_SOCKET": rig.apiSocket]
        let job = Task { await Command.run(binary, words, environment: environment) }
        try await Task.sleep(for: nap)
        await rig.supervisor.kill9()
        _ = await job.value
        try await rig.startSupervisor()
        // Done or not, the same again makes it so; what is gone already says so.
        let again = await Command.run(binary, words, environment: environment)
        if round % 5 != 1 { #expect([0, 4].contains(again.status), "\(words): \(again.error)") }
        let disks = Set(await rig.disks("killed"))
        try await eventually("guest and record agree on disks after \(words)") {
          Set(await rig.guestDisks("killed").keys) == disks
        }
        let status = await rig.ok("status", "killed", "--output", "json")
        let cards = status.components(separatedBy: "\"mac\"").count - 1
        try await eventually("guest and record agree on cards after \(words)") {
          await rig.inGuest("killed", "ls -d /sys/class/net/eth*").split(separator: "\n").count == cards
        }
        // Where a kill came between the two, both have been attached.
        if round % 5 == 1 || round % 5 == 4 {
          for extra in stride(from: cards - 1, to: round % 5 == 1 ? 1 : 0, by: -1) {
            await rig.ok("nic", "detach", "killed", "\(extra)")
          }
        }
      }
      #expect(await rig.inGuest("killed", "cat /proc/sys/kernel/random/boot_id") == boot)
    }
  }
}
