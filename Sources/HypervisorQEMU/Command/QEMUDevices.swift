package import Hypervisor
import Text
package import VMSpec

extension QEMUCommand {
  static func characters(_ list: inout ArgumentList, _ spec: VMSpec, _ board: Board) {
    if spec.console {
      let log = list.set(.consoleLog)
      list.socket(.console, id: "con", log: log)
      list.add("-serial", "chardev:con")
    } else {
      list.add("-serial", "none")
    }
    guard spec.agent else { return }
    list.add(board.virtio("virtio-serial", id: "vser0", slot: Board.Slot.serial))
    list.socket(.agent, id: agentChardev)
    list.add(
      QEMUDevice(
        "virtserialport", id: agentPort, ["chardev": .string(agentChardev), "name": "org.qemu.guest_agent.0"]))
  }

  package static func network(
    _ list: inout ArgumentList, _ index: Int, _ nic: NICPlan, _ place: DeviceAddresses.Address,
    turn: Int? = nil, _ board: Board
  ) {
    let backend = nicBackend(place.number)
    var host = "tap,id=\(backend),fd=\(list.place(.tap(index)))"
    if nic.hasVhost { host += ",vhost=on,vhostfd=\(list.place(.vhostNet(index)))" }
    list.add("-netdev", host)
    list.add(device(of: nic, at: place, bootIndex: turn, on: board))
  }

  package static func storage(
    _ list: inout ArgumentList, _ index: Int, _ disk: DiskSpec, _ place: DeviceAddresses.Address,
    below: DiskSpec.Format?, turn: Int?, _ board: Board
  ) {
    let node = diskNode(place.number)
    let layer = below.map { backingNode(list.set(.backing(index)), format: $0) }
    list.add("-blockdev", blockNode(node, of: disk, file: list.set(.disk(index)), backing: layer))
    list.add(device(of: disk, at: place, bootIndex: turn, on: board))
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
