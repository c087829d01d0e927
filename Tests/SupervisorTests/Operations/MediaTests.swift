import Failure
import Foundation
import Linux
import NodeAPI
import Testing

@testable import NodeClient

/// CD drives, the screen, the clock and files of guests.
extension GuestTests {
  @Test func mediaAreChanged() async throws {
    try await Rig.run { rig in
      try rig.isoImage("a.iso", "medium a")
      try rig.isoImage("b.iso", "medium b", size: 2 << 20)
      await rig.boot("cd", extra: "cdroms: [{name: dvd}]")
      #expect(await rig.inGuest("cd", "head -c 8 /dev/sr0").isEmpty)
      for text in ["a", "b"] {
        await rig.ok("cdrom", "insert", "cd", rig.image("\(text).iso"))
        try await eventually("the guest reads \(text)") {
          await rig.inGuest("cd", "head -c 8 /dev/sr0") == "medium \(text)"
        }
      }
      await rig.ok("cdrom", "insert", "cd", rig.image("b.iso"), "--drive", "dvd")
      #expect(await rig.ok("disk", "list", "cd").contains("b.iso"))
      let pipe = rig.image("pipe.iso")
      #expect(mkfifo(pipe, 0o666) == 0)
      let odd = await rig.cli("cdrom", "insert", "cd", pipe)
      #expect(odd.status == 1 && odd.error.contains("not a file or a block device"), "\(odd.error)")
      #expect(await rig.cli("cdrom", "insert", "cd", rig.image("a.iso"), "--drive", "zip").error.contains("dvd"))

      // A guest that uses it has locked the tray.
      let user = "(exec 3</dev/sr0; exec sleep 100) >/dev/null 2>&1 &"
      await rig.ok(
        "exec", "cd", "--", "sh", "-c", user + " until ls -l /proc/$!/fd | grep -q sr0; do usleep 50000; done")
      let locked = await rig.cli("cdrom", "eject", "cd")
      #expect(locked.status == 124 && locked.error.contains("--force"), "\(locked.status) \(locked.error)")
      #expect(await rig.ok("disk", "list", "cd").contains("b.iso"))
      await rig.ok("cdrom", "eject", "cd", "--force")
      #expect(await !rig.ok("disk", "list", "cd").contains("b.iso"))
      await rig.ok("cdrom", "eject", "cd")
      await rig.ok("cdrom", "insert", "cd", rig.image("a.iso"))

      // By the contract: the drive is counted behind the disks, an empty path ejects.
      try await NodeConnection.with(socket: rig.apiSocket) { node in
        _ = try await node.daemon.changeMedia(
          .with {
            $0.vmID = "cd"
            $0.device = "sda"
          })
      }
      #expect(await !rig.ok("disk", "list", "cd").contains("a.iso"))
    }
  }

  /// A disk without a boot loader leaves it to the CD.
  @Test func firmwareBootsFromTheDrive() async throws {
    try await Rig.run { rig in
      try rig.bootableISO("boot.iso", saying: "hello from the CD")
      await rig.ok(
        "create", "-f", "-",
        input: "name: installer\nmemory: 16MiB\nagent: false\ndisks: [{name: root, size: 1MiB, format: raw}]\n")
      // It has no drive yet; without a process it can be given one.
      await rig.ok("cdrom", "insert", "installer", rig.image("boot.iso"))
      await rig.ok("start", "installer")
      try await eventually("it boots") {
        await rig.cli("logs", "installer", "-n", "100").output.contains("hello from the CD")
      }
      await rig.ok("kill", "installer")
    }
  }

  @Test func theScreenIsShown() async throws {
    try await Rig.run { rig in
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen", extra: "display: vnc"))
      for (format, magic) in [("png", "\u{89}PNG"), ("ppm", "P6\n")] {
        let file = rig.folder + "/screen." + format
        await rig.ok("screenshot", "seen", file)
        let head = try Files.read(file, limit: 1 << 24).prefix(4)
        #expect(head.contains(sequence: magic.unicodeScalars.map { UInt8($0.value & 0xff) }), "\(head)")
        unlink(file)
      }
      let socket = await rig.ok("vnc", "seen").trimmingCharacters(in: .newlines)
      #expect(try Self.greeting(socket).hasPrefix("RFB 003"))
      // The door is opened again by the next supervisor.
      await rig.supervisor.kill9()
      try await rig.startSupervisor()
      #expect(try Self.greeting(socket).hasPrefix("RFB 003"))
      let console = try await NodeConnection.with(socket: rig.apiSocket) { node in
        try await node.daemon.getConsole(.with { $0.vmID = "seen" })
      }
      #expect(console.type == "vnc" && console.host == "unix:" + socket)
      await rig.ok("kill", "seen")
      #expect(await rig.cli("vnc", "seen").status == 3)
      #expect(await rig.cli("screenshot", "seen", rig.folder + "/x.png").status == 3)
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("blind"))
      #expect(await rig.cli("screenshot", "blind", rig.folder + "/x.png").error.contains("display: vnc"))
    }
  }

  private static func greeting(_ path: String) throws -> String {
    let socket = try UnixSocket.connect(path, .stream)
    try UnixSocket.limitWaiting(socket.raw, seconds: 10)
    var bytes = [UInt8](repeating: 0, count: 12)
    let got = recv(socket.raw, &bytes, bytes.count, Int32(MSG_WAITALL.magnitude))
    return String(decoding: bytes.prefix(max(0, got)), as: UTF8.self)
  }

  @Test func clockAndFilesOfTheGuest() async throws {
    try await Rig.run { rig in
      await rig.boot("clock", extra: "nics: []")
      await rig.ok("exec", "clock", "--", "date", "-s", "2001-02-03 04:05:06")
      await rig.ok("sync-time", "clock")
      let there = Double(await rig.inGuest("clock", "date +%s").trimmingCharacters(in: .newlines)) ?? 0
      #expect(abs(there - Date().timeIntervalSince1970) < 30)

      let text = String(repeating: "0123456789abcdef", count: 100_000)
      try await NodeConnection.with(socket: rig.apiSocket) { node in
        let written = try await node.daemon.writeGuestFile(
          .with {
            $0.vmID = "clock"
            $0.path = "/run/some/where/file"
            $0.data = Data(text.utf8)
            $0.mode = 0o640
            $0.createParents = true
          })
        #expect(written.success && written.bytesWritten == UInt64(text.utf8.count))
        let part = try await node.daemon.readGuestFile(
          .with {
            $0.vmID = "clock"
            $0.path = "/run/some/where/file"
            $0.offset = 10
            $0.maxSize = 6
          })
        #expect(part.data == Data("abcdef".utf8) && !part.eof && part.totalSize == UInt64(text.utf8.count))
        let whole = try await node.daemon.readGuestFile(
          .with {
            $0.vmID = "clock"
            $0.path = "/run/some/where/file"
          })
        #expect(whole.data == Data(text.utf8) && whole.eof)
        let status = try await node.daemon.readGuestFile(
          .with {
            $0.vmID = "clock"
            $0.path = "/proc/version"
          })
        #expect(String(decoding: status.data, as: UTF8.self).hasPrefix("Linux"))
        let answer = try await node.daemon.syncTime(.with { $0.vmID = "clock" })
        #expect(answer.success && answer.timeSource == "host" && abs(answer.offsetSeconds) < 30)
      }
      #expect(await rig.inGuest("clock", "stat -c %a /run/some/where/file") == "640\n")
    }
  }

  /// What a control plane of the contract says.
  @Test func devicesByTheContract() async throws {
    try await Rig.run { rig in
      await rig.boot("planned", extra: "nics: [{}]")
      try await NodeConnection.with(socket: rig.apiSocket) { node in
        let disk = Limiquantix_Node_V1_AttachDiskRequest.with {
          $0.vmID = "planned"
          $0.disk.id = "disk-1700000000000000000"
          $0.disk.sizeGib = 1
        }
        for _ in 0..<2 {
          let attached = try await node.daemon.attachDisk(disk)
          #expect(attached.name == disk.disk.id)
        }
        _ = try await node.daemon.resizeVolume(
          .with {
            $0.poolID = "default"
            $0.volumeID = disk.disk.id
            $0.newSizeBytes = 2 << 30
          })
        let nic = Limiquantix_Node_V1_AttachNICRequest.with {
          $0.vmID = "planned"
          $0.nic.id = "nic-1700000000000000001"
          $0.nic.network = "second"
          $0.nic.macAddress = "52:54:00:12:34:56"
        }
        for _ in 0..<2 {
          let attached = try await node.daemon.attachNIC(nic)
          #expect(attached.nic.nic == 1 && attached.nic.network == "second" && attached.nic.attached)
        }
        let status = try await node.daemon.getVMStatus(.with { $0.vmID = "planned" })
        #expect(status.disks.map(\.name) == [disk.disk.id] && status.disks[0].sizeBytes == 2 << 30)
        #expect(status.disks[0].detachable && status.ports.map(\.network) == ["default", "second"])
        try await eventually("the guest has both") {
          await rig.inGuest("planned", "cat /sys/block/vda/size; ls /sys/class/net") == "4194304\neth0\neth1\nlo\n"
        }
        _ = try await node.daemon.detachNIC(
          .with {
            $0.vmID = "planned"
            $0.nicID = nic.nic.id
          })
        _ = try await node.daemon.detachDisk(
          .with {
            $0.vmID = "planned"
            $0.diskID = disk.disk.id
          })
      }
      #expect(await rig.inGuest("planned", "ls /sys/block | grep vd; ls /sys/class/net") == "eth0\nlo\n")
      // An id may look like the number of another card.
      try await NodeConnection.with(socket: rig.apiSocket) { node in
        let zero = Limiquantix_Node_V1_AttachNICRequest.with {
          $0.vmID = "planned"
          $0.nic.id = "0"
          $0.nic.network = "second"
        }
        _ = try await node.daemon.attachNIC(zero)
        #expect(await rig.cli("nic", "detach", "planned", "0").error.contains("part of the board"))
        _ = try await node.daemon.detachNIC(
          .with {
            $0.vmID = "planned"
            $0.nicID = "0"
          })
        let status = try await node.daemon.getVMStatus(.with { $0.vmID = "planned" })
        #expect(status.ports.map(\.network) == ["default"])
      }
    }
  }
}

extension Rig {
  /// A CD with a boot sector that says `text` on the serial port (El Torito 1.0, no emulation), and nothing else.
  func bootableISO(_ name: String, saying text: String) throws {
    try bootableDisk(name + ".sector", saying: text)
    let sector = try Files.read(image(name + ".sector"), limit: 1 << 21).prefix(512)
    var disc = [UInt8](repeating: 0, count: 24 * 2048)
    func put(_ bytes: [UInt8], _ place: Int) { disc.replaceSubrange(place..<place + bytes.count, with: bytes) }
    put([1] + Array("CD001".utf8) + [1], 16 * 2048)
    put([0] + Array("CD001".utf8) + [1] + Array("EL TORITO SPECIFICATION".utf8), 17 * 2048)
    put([19, 0, 0, 0], 17 * 2048 + 0x47)
    put([255] + Array("CD001".utf8) + [1], 18 * 2048)
    // Validation entry, whose 16-bit words add up to zero, and the one entry: bootable, one sector, from sector 20.
    var check: [UInt8] = [1] + [UInt8](repeating: 0, count: 29) + [0x55, 0xaa]
    check[28] = 0xaa
    check[29] = 0x55
    let sum = stride(from: 0, to: 32, by: 2).reduce(UInt16(0)) { $0 &+ UInt16(check[$1]) &+ UInt16(check[$1 + 1]) << 8 }
    check[28] = UInt8((0 &- (sum &- 0x55aa)) & 0xff)
    check[29] = UInt8((0 &- (sum &- 0x55aa)) >> 8)
    put(check + [0x88, 0, 0, 0, 0, 0, 1, 0, 20, 0, 0, 0], 19 * 2048)
    put(Array(sector), 20 * 2048)
    try Files.replace(image(name), with: disc, mode: 0o644)
    chmod(image(name), 0o644)
    unlink(image(name + ".sector"))
  }
}

extension Collection where Element == UInt8 {
  fileprivate func contains(sequence: [UInt8]) -> Bool { Array(prefix(sequence.count)) == sequence }
}
