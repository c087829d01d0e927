/// How devices are named and placed on the board.
struct Bus {
  let machine: Machine

  init(_ machine: Machine) { self.machine = machine }

  /// The argument of `-device`. A PCI board has a fixed place for each; virtio-mmio fills its places in order.
  func device(_ model: String, _ properties: String, slot: Int) -> String {
    machine == .q35
      ? "\(model)-pci,\(properties),addr=0x\(String(slot, radix: 16))" : "\(model)-device,\(properties)"
  }
}

extension QEMUCommand {
  static func characters(_ list: inout ArgumentList, _ spec: VMSpec, _ bus: Bus) {
    if spec.console {
      let log = list.set(.consoleLog)
      list.socket(.console, id: "con", log: log)
      list.add("-serial", "chardev:con")
    } else {
      list.add("-serial", "none")
    }
    guard spec.agent else { return }
    list.add("-device", bus.device("virtio-serial", "id=vser0", slot: 0x0a))
    list.socket(.agent, id: agentChardev)
    list.add("-device", "virtserialport,id=\(agentPort),chardev=\(agentChardev),name=org.qemu.guest_agent.0")
  }

  static func network(_ list: inout ArgumentList, _ index: Int, _ nic: QEMUNIC, _ bus: Bus) {
    var backend = "tap,id=n\(index),fd=\(list.place(.tap(index)))"
    if nic.hasVhost { backend += ",vhost=on,vhostfd=\(list.place(.vhostNet(index)))" }
    list.add("-netdev", backend)
    // Without `romfile=` a PCI card loads a network boot image, which minimal installations do not have.
    let rom = bus.machine == .q35 ? ",romfile=" : ""
    let properties = "id=\(nicDevice(index)),netdev=n\(index),mac=\(ArgumentList.escaped(nic.mac))\(rom)"
    list.add("-device", bus.device("virtio-net", properties, slot: 0x02 + index))
  }

  static func storage(_ list: inout ArgumentList, _ index: Int, _ disk: DiskSpec, boots: Bool, _ bus: Bus) {
    let node = diskNode(index)
    let mode = "\"read-only\":\(disk.readonly)"
    // Without "auto-read-only" QEMU asks for exactly one access mode and keeps it, so one descriptor is enough.
    let file =
      #""driver":"file","filename":"\#(list.set(.disk(index)))",\#(mode),"auto-read-only":false,"discard":"unmap""#
    switch disk.format {
    case .raw:
      list.add(
        "-blockdev", #"{"driver":"raw","node-name":"\#(node)",\#(mode),"discard":"unmap","file":{\#(file)}}"#)
    case .qcow2:
      // "backing": null, or an image could make QEMU open any path that its header names.
      list.add(
        "-blockdev",
        #"{"driver":"qcow2","node-name":"\#(node)",\#(mode),"discard":"unmap","backing":null,"file":{\#(file)}}"#)
    }
    let order = boots ? ",bootindex=\(index + 1)" : ""
    list.add(
      "-device",
      bus.device("virtio-blk", "id=\(diskDevice(index)),drive=\(node),serial=\(node)\(order)", slot: 0x0d + index))
  }
}

extension ArgumentList {
  /// A firmware image as a block node.
  mutating func flash(_ role: DescriptorRole, node: String, readonly: Bool) {
    let name = set(role)
    add(
      "-blockdev",
      #"{"driver":"raw","node-name":"\#(node)","read-only":\#(readonly),"#
        + #""file":{"driver":"file","filename":"\#(name)","read-only":\#(readonly),"auto-read-only":false}}"#)
  }
}
