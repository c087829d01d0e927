package import Hypervisor
package import VMSpec

/// How devices are named and placed on the board.
package struct Bus {
  package let machine: MachineType

  init(_ machine: MachineType) { self.machine = machine }

  /// The argument of `-device`. A PCI board has a fixed place for each; virtio-mmio fills its places in order.
  /// - Parameter port: the root port for it; nil: a slot of the board itself.
  package func device(_ model: String, _ properties: String, slot: Int, port: Int? = nil) -> String {
    guard machine == .q35 else { return "\(model)-device,\(properties)" }
    let place = port.map { "bus=rp\($0)" } ?? "addr=0x\(String(slot, radix: 16))"
    return "\(model)-pci,\(properties),\(place)"
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

  package static func network(
    _ list: inout ArgumentList, _ index: Int, _ nic: NICPlan, _ place: DeviceAddresses.Address, _ bus: Bus
  ) {
    let backend = nicBackend(place.number)
    var host = "tap,id=\(backend),fd=\(list.place(.tap(index)))"
    if nic.hasVhost { host += ",vhost=on,vhostfd=\(list.place(.vhostNet(index)))" }
    list.add("-netdev", host)
    // Without `romfile=` a PCI card loads a network boot image, which minimal installations do not have.
    let rom = bus.machine == .q35 ? ",romfile=" : ""
    let properties =
      "id=\(nicDevice(place.number)),netdev=\(backend),mac=\(ArgumentList.escaped(nic.mac))\(rom)"
    list.add("-device", bus.device("virtio-net", properties, slot: 0x02 + place.number, port: place.port))
  }

  package static func storage(
    _ list: inout ArgumentList, _ index: Int, _ disk: DiskSpec, _ place: DeviceAddresses.Address,
    below: DiskSpec.Format?,
    boots: Bool, _ bus: Bus
  ) {
    let node = diskNode(place.number)
    let layer = below.map { backingNode(list.set(.backing(index)), format: $0) }
    list.add("-blockdev", blockNode(node, of: disk, file: list.set(.disk(index)), backing: layer))
    let order = boots ? ",bootindex=\(index + 1)" : ""
    let properties =
      "id=\(diskDevice(place.number)),drive=\(node),serial=\(DiskSerial.text(disk, place)),\(DiskError.policy)\(order)"
    list.add("-device", bus.device("virtio-blk", properties, slot: 0x0d + place.number, port: place.port))
  }

  /// What `-blockdev` and `blockdev-add` take for a disk.
  /// - Parameters:
  ///   - file: name of a descriptor set.
  ///   - backing: the node below a layer.
  static func blockNode(_ node: String, of disk: DiskSpec, file: String, backing: String? = nil) -> String {
    let mode = "\"read-only\":\(disk.readonly)"
    // Without "auto-read-only" QEMU asks for exactly one access mode and keeps it, so one descriptor is enough.
    let file = #""driver":"file","filename":"\#(file)",\#(mode),"auto-read-only":false,"discard":"unmap""#
    switch disk.format {
    case .raw: return #"{"driver":"raw","node-name":"\#(node)",\#(mode),"discard":"unmap","file":{\#(file)}}"#
    // "backing" is always said, or an image could make QEMU open any path that its header names.
    case .qcow2:
      let below = backing ?? "null"
      return #"{"driver":"qcow2","node-name":"\#(node)",\#(mode),"discard":"unmap","#
        + #""backing":\#(below),"file":{\#(file)}}"#
    }
  }

  private static func backingNode(_ file: String, format: DiskSpec.Format) -> String {
    let mode = #""read-only":true"#
    let file = #"{"driver":"file","filename":"\#(file)",\#(mode),"auto-read-only":false}"#
    return switch format {
    case .raw: #"{"driver":"raw",\#(mode),"file":\#(file)}"#
    case .qcow2: #"{"driver":"qcow2",\#(mode),"backing":null,"file":\#(file)}"#
    }
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
