import Foundation
import Linux
import Testing

/// Every bus of disks and every model of network cards, in a guest that has drivers for all of them.
extension GuestTests {
  @Test func everyBusAndModelIsSeenByItsGuest() async throws {
    try await Rig.run { rig in
      try rig.copyWideGuest()
      let buses = ["virtio", "scsi", "sata", "nvme"]
      let models = ["virtio", "e1000", "e1000e", "rtl8139"]
      let disks = buses.map { "{name: \($0), size: 4MiB, format: raw, bus: \($0), iops: 5000}" }
      let nics = models.enumerated().map { "{network: \($0 % 2 == 0 ? "default" : "second"), model: \($1)}" }
      let extra = "disks: [\(disks.joined(separator: ", "))]\nnics: [\(nics.joined(separator: ", "))]"
      await rig.ok("create", "-f", "-", "--start", input: rig.wideSpec("zoo", extra: extra))
      await rig.ok("wait", "zoo", "--state", "agent", "--timeout", "120")
      await rig.loadDrivers("zoo")
      let shown = await rig.ok("disk", "list", "zoo", "--output", "json")
      for bus in buses {
        #expect(shown.contains("\"bus\" : \"\(bus)\"") || shown.contains("\"bus\":\"\(bus)\""), "\(shown)")
      }

      // Each is read and written as what it is, by the serial number of its place.
      for (number, bus) in buses.enumerated() {
        let disk = try #require(await rig.disk("disk\(number)", in: "zoo"), "\(bus)")
        #expect(disk.driver == ["virtio_blk", "virtio_scsi", "ahci", "nvme"][number])
        await rig.ok("exec", "zoo", "--", "sh", "-c", "echo on-\(bus) >/dev/\(disk.name); sync")
        let image = rig.folder + "/lib/vms/\(await rig.status("zoo").id)/\(bus).raw"
        #expect(
          String(decoding: try Files.read(image, limit: 1 << 26).prefix(8 + bus.utf8.count), as: UTF8.self).contains(
            "on-\(bus)"))
      }
      // Each moves packets as what it is.
      let drivers = ["virtio_net", "e1000", "e1000e", "8139cp"]
      for (number, driver) in drivers.enumerated() {
        let card = try #require(await rig.card(number, in: "zoo"), "\(driver)")
        #expect(card.driver == driver)
        await rig.ok(
          "exec", "zoo", "--", "sh", "-c",
          "ip addr flush dev \(card.name); ip addr add \(card.address)/16 dev \(card.name); ip link set \(card.name) up"
        )
        try await eventually("\(driver) answers") {
          await rig.inNetwork("ping", "-n", "-c", "1", "-W", "1", card.address).status == 0
        }
        await rig.ok("exec", "zoo", "--", "ip", "link", "set", card.name, "down")
      }

      // The same by hot-plug, but for the board's own controller.
      let sata = await rig.cli("disk", "attach", "zoo", "--size", "1MiB", "--bus", "sata")
      #expect(sata.status == 1 && sata.error.contains("takes no disk while the guest runs"), "\(sata.error)")
      for bus in ["scsi", "nvme"] {
        await rig.ok("disk", "attach", "zoo", "--size", "8MiB", "--name", "hot-\(bus)", "--format", "raw", "--bus", bus)
        try await eventually("the guest sees it on \(bus)") {
          await rig.disk(bus == "scsi" ? "disk4" : "hot-\(bus)", in: "zoo") != nil
        }
        let larger = await rig.cli("disk", "resize", "zoo", "hot-\(bus)", "16MiB")
        #expect(bus == "nvme" ? larger.error.contains("is not told") : larger.status == 0, "\(larger.error)")
        await rig.ok("disk", "detach", "zoo", "hot-\(bus)", "--delete")
        #expect(await rig.disk(bus == "scsi" ? "disk4" : "hot-\(bus)", in: "zoo") == nil)
        // Nothing of it is left in the way of the next: the same number, the same port.
        await rig.ok(
          "disk", "attach", "zoo", "--size", "8MiB", "--name", "more-\(bus)", "--format", "raw", "--bus", bus)
        try await eventually("the guest sees the next") {
          await rig.disk(bus == "scsi" ? "disk4" : "more-\(bus)", in: "zoo") != nil
        }
        await rig.ok("disk", "detach", "zoo", "more-\(bus)", "--delete")
      }
      for (model, driver) in [("e1000", "e1000"), ("e1000e", "e1000e"), ("rtl8139", "8139cp")] {
        let number = try #require(
          Int(await rig.ok("nic", "attach", "zoo", "--model", model, "--output", "name").dropLast()))
        try await eventually("the guest sees \(model)") { await rig.card(number, in: "zoo")?.driver == driver }
        await rig.ok("nic", "detach", "zoo", "\(number)")
      }

      // One that does not run takes a SATA disk too.
      await rig.ok("kill", "zoo")
      await rig.ok("disk", "attach", "zoo", "--size", "2MiB", "--name", "cold", "--bus", "sata")
      await rig.ok("start", "zoo")
      await rig.ok("wait", "zoo", "--state", "agent", "--timeout", "120")
      await rig.loadDrivers("zoo")
      #expect(await rig.disk("disk4", in: "zoo")?.driver == "ahci")
      #expect(await rig.disks("zoo") == buses + ["cold"])
      let fixed = await rig.cli("disk", "detach", "zoo", "cold")
      #expect(fixed.status == 1 && fixed.error.contains("sata controller loses no disk"), "\(fixed.error)")
    }
  }

  @Test func firmwareBootsFromEveryBus() async throws {
    try await Rig.run { rig in
      for bus in ["virtio", "scsi", "sata", "nvme"] {
        try rig.bootableDisk("\(bus).raw", saying: "hello from \(bus)")
        // The first disk is the one that is booted, wherever others are.
        let disks = "[{path: \(rig.image("\(bus).raw")), format: raw, bus: \(bus)}, {size: 1MiB, format: raw}]"
        await rig.ok(
          "create", "-f", "-", "--start", input: "name: \(bus)\nmemory: 32MiB\ndisks: \(disks)\nnics: []\n")
      }
      for bus in ["virtio", "scsi", "sata", "nvme"] {
        try await eventually("it boots from \(bus)") { await rig.ok("logs", bus).contains("hello from \(bus)") }
      }
    }
  }

  @Test func aNonMaskableInterruptReachesTheKernel() async throws {
    try await Rig.run { rig in
      await rig.boot("stuck")
      await rig.ok("nmi", "stuck")
      try await eventually("the kernel has noted it") {
        await rig.inGuest("stuck", "dmesg").contains("NMI received for unknown reason")
      }
      #expect(await rig.ok("events", "stuck").contains("non-maskable interrupt injected"))
      await rig.ok("kill", "stuck")
      let late = await rig.cli("nmi", "stuck")
      #expect(late.status == 3 && late.error.contains("start it"), "\(late.status) \(late.error)")
    }
  }
}

extension Rig {
  /// Brings the guest with drivers of hardware (`guest/build-drivers`).
  fileprivate func copyWideGuest() throws {
    for file in ["wide.vmlinuz", "wide.initrd.gz"] {
      let content = try Files.read(guest + "/" + file, limit: 1 << 26)
      try Files.replace(image(file), with: content, mode: 0o644, durable: false)
    }
  }

  fileprivate func wideSpec(_ name: String, extra: String) -> String {
    """
    name: \(name)
    memory: 256MiB
    boot: {kernel: \(image("wide.vmlinuz")), initrd: \(image("wide.initrd.gz")), cmdline: quiet}
    \(extra)

    """
  }

  /// What a system with udev does by itself.
  fileprivate func loadDrivers(_ vm: String) async {
    await ok(
      "exec", vm, "--", "sh", "-c", "modprobe -a virtio_scsi sd_mod ahci nvme e1000 e1000e 8139cp 2>&1; sleep 1")
  }

  /// The disk with that serial number: its name in the guest, and the driver of its controller.
  fileprivate func disk(_ serial: String, in vm: String) async -> (name: String, driver: String)? {
    let script = """
      for d in /sys/block/*; do
        for f in $d/serial $d/device/serial $d/device/vpd_pg80; do
          [ -e $f ] && tr -cd '[:alnum:]-' <$f | grep -qx '\(serial)' || continue
          p=$(readlink -f $d)
          while [ "$p" != /sys/devices ]; do
            case $(readlink $p/driver) in
            */virtio_blk | */virtio_scsi | */ahci | */nvme) echo ${d##*/} $(basename $(readlink $p/driver)); exit ;;
            esac
            p=${p%/*}
          done
        done
      done
      """
    let words = await inGuest(vm, script).split(whereSeparator: \.isWhitespace).map(String.init)
    return words.count == 2 ? (words[0], words[1]) : nil
  }

  /// The network card of that number: its name and driver in the guest, and its address by netd.
  fileprivate func card(_ number: Int, in vm: String) async -> (name: String, driver: String, address: String)? {
    let text = await cli("network", vm, "--nic", "\(number)", "--output", "json").output
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    guard let nic = whole?["nic"] as? [String: Any], let mac = nic["mac"] as? String,
      let address = (nic["address"] as? String)?.split(separator: "/").first
    else { return nil }
    let script = """
      for c in /sys/class/net/eth*; do
        grep -qx \(mac) $c/address && echo ${c##*/} $(basename $(readlink $c/device/driver))
      done
      """
    let words = await inGuest(vm, script).split(whereSeparator: \.isWhitespace).map(String.init)
    return words.count == 2 ? (words[0], words[1], String(address)) : nil
  }
}
