package import Hypervisor
package import VMSpec

/// The command line of QEMU as a pure function of what is wanted.
///
/// Everything comes as an open descriptor; QEMU opens no path that is ours. Device names and addresses on the bus follow
/// from `DeviceAddresses` alone, so a guest finds its disks and cards again after a change.
package enum QEMUCommand {
  /// Id of a device, as in `query-block` and `device_del`.
  static func id(_ device: Device) -> String {
    switch device {
    case .disk(let number): diskDevice(number)
    case .nic(let number): nicDevice(number)
    case .drive(let index): driveDevice(index)
    case .seed: seedDevice
    }
  }
  /// The device of that id; nil of those that are no disk, card or drive.
  package static func device(id: String) -> Device? {
    if id == seedDevice { return .seed }
    return number(id, "blk").map(Device.disk) ?? number(id, "nic").map(Device.nic) ?? number(id, "cd").map(Device.drive)
  }
  /// The id in what QEMU calls a device: the id itself, or the path of a part of it that holds the disk, as in
  /// `/machine/peripheral/blk0/virtio-backend`. nil of what has no id.
  static func id(ofPath text: String) -> String? {
    let prefix = "/machine/peripheral/"
    let id = text.hasPrefix(prefix) ? text.dropFirst(prefix.count).prefix { $0 != "/" } : text[...]
    return id.isEmpty || id.contains("/") ? nil : String(id)
  }
  /// The device whose image is that block node; nil of nodes that are no guest's.
  package static func device(node: String) -> Device? {
    if node == seedNode { return .seed }
    return number(node, "disk").map(Device.disk) ?? number(node, "medium").map(Device.drive)
  }
  private static func number(_ text: String, _ prefix: String) -> Int? {
    text.hasPrefix(prefix) ? Int(text.dropFirst(prefix.count)) : nil
  }

  /// Device id of the guest agent's port, as in `VSERPORT_CHANGE`.
  package static let agentPort = "qga0"
  /// Chardev id of the guest agent's port, as in `query-chardev`.
  package static let agentChardev = "qga"
  /// Device id of the balloon.
  package static let balloon = "bal0"
  /// Node name of the disk with that number, as in `query-blockstats`.
  package static func diskNode(_ number: Int) -> String { "disk\(number)" }
  /// Device id of the disk with that number.
  package static func diskDevice(_ number: Int) -> String { "blk\(number)" }
  /// Device id of the network card with that number.
  package static func nicDevice(_ number: Int) -> String { "nic\(number)" }
  /// Id of the host's side of the network card with that number.
  package static func nicBackend(_ number: Int) -> String { "n\(number)" }
  /// Name of the descriptor of `/dev/vhost-net` that is handed over for that card.
  package static func nicVhost(_ number: Int) -> String { nicBackend(number) + "-vhost" }

  /// Plans one VM.
  /// - Parameters:
  ///   - nics: one for each network card of the specification.
  ///   - addresses: where its devices are; nil: where their position in the list says.
  ///   - layers: format of the image below each disk that is a layer, by position.
  ///   - executable: path of the binary.
  ///   - tscKHz: frequency of the host's time-stamp counter; a microvm on TCG needs it to boot reliably.
  ///   - hasHyperV: whether KVM offers what Hyper-V does.
  ///   - isHeld: whether the guest stands until it is let go.
  ///   - awaitsMemory: whether it waits for a memory that is in a file.
  ///   - generationID: by which the guest sees whether it is the copy that it was.
  package static func plan(
    spec: VMSpec, identity: MachineIdentity, nics: [NICPlan], addresses: DeviceAddresses? = nil,
    layers: [Int: DiskSpec.Format] = [:], accelerator: Accelerator, features: Capabilities, executable: String,
    tscKHz: UInt64? = nil, hasHyperV: Bool = false, isHeld: Bool = false, awaitsMemory: Bool = false,
    generationID: String? = nil
  ) -> ProcessPlan {
    var list = ArgumentList(executable: executable)
    base(&list, spec, identity)
    if isHeld { list.add("-S") }
    if awaitsMemory { list.add("-incoming", "defer") }
    accelerate(&list, spec, accelerator, features, hasHyperV ? enlightenments(spec.guestOs) : "")
    monitors(&list)
    boot(&list, spec, tscKHz: accelerator == .tcg ? tscKHz : nil)
    let board = Board(spec.machine)
    characters(&list, spec, board)
    for port in board.rootPorts { list.add(port) }
    let addresses = DeviceAddresses(spec, known: addresses)
    let turns = BootTurns(spec)
    for (index, nic) in nics.prefix(addresses.nics.count).enumerated() {
      network(&list, index, nic, addresses.nics[index], turn: turns.nics[index], board)
    }
    for controller in controllers(spec, addresses.disks, board) { list.add(controller) }
    for (index, disk) in spec.disks.enumerated() {
      storage(
        &list, index, disk, addresses.disks[index], below: layers[index], turn: turns.disks[index], board)
    }
    drives(&list, spec, turns.cdroms, board)
    screen(&list, spec, board)
    pointer(&list, spec, board)
    common(&list, board)
    if let generationID { list.add(generation(generationID)) }
    seed(&list, spec, board)
    _ = list.place(.lock)
    return list.plan
  }

  private static func base(_ list: inout ArgumentList, _ spec: VMSpec, _ identity: MachineIdentity) {
    list.add("-name", "guest=\(ArgumentList.escaped(identity.name)),debug-threads=on", "-uuid", identity.uuid)
    list.add("-nodefaults", "-no-user-config", "-display", "none")
    list.add("-rtc", spec.guestOs?.hasLocalClock == true ? "base=localtime" : "base=utc")
    // For the clock of another place it opens the file that says where this host is.
    if spec.guestOs?.hasLocalClock == true { list.read(timeZone) }
    list.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
    // The process stays after the guest's end, so that whoever comes late can still read how it ended.
    list.add("-action", "shutdown=pause,panic=pause")
    var machine = spec.machine == .q35 ? "q35,usb=off,vmport=off" : "microvm,acpi=on"
    if spec.boot == .firmware(.uefi) { machine += ",pflash0=code,pflash1=vars" }
    if spec.memoryHugepages { machine += ",memory-backend=ram" }
    if spec.guestOs?.isWindows == true, spec.machine == .q35 { machine += ",hpet=off" }
    list.add("-machine", machine, "-m", "size=\(spec.memory / Size.mebi)M", "-smp", "cpus=\(spec.vcpus)")
    if spec.memoryHugepages { list.add("-object", hugeMemory(spec)) }
    if !spec.bootOrder.isEmpty { list.add("-boot", "strict=on") }
  }

  private static func accelerate(
    _ list: inout ArgumentList, _ spec: VMSpec, _ accelerator: Accelerator, _ features: Capabilities, _ flags: String
  ) {
    switch accelerator {
    case .kvm(.descriptor) where features.takesKVMDescriptor:
      let device = list.set(.kvm)
      list.add("-accel", "kvm,device=\(device)", "-cpu", "host" + flags)
    case .kvm:
      list.add("-accel", "kvm", "-cpu", "host" + flags)
    case .tcg:
      // TCG announces fast string moves that it does slowly; without the flags kernels choose loops that it does fast.
      // Never one flag alone: Linux's memmove takes FSRM to mean ERMS too, and does not end when it does not (x86/lib/memmove_64.S).
      let cache = TranslationCache.size(guestMemory: spec.memory) / Size.mebi
      list.add("-accel", "tcg,tb-size=\(cache)", "-cpu", "max,-erms,-fsrm")
    }
  }

  private static func monitors(_ list: inout ArgumentList) {
    list.socket(.monitor, id: "qmp")
    list.add("-mon", "chardev=qmp,mode=control")
    list.socket(.monitorSpare, id: "qmp2")
    list.add("-mon", "chardev=qmp2,mode=control")
  }

  private static func boot(_ list: inout ArgumentList, _ spec: VMSpec, tscKHz: UInt64?) {
    switch spec.boot {
    case .kernel(let boot):
      list.add("-kernel", "/proc/self/fd/\(list.place(.kernel))")
      if boot.initrd != nil { list.add("-initrd", "/proc/self/fd/\(list.place(.initrd))") }
      let line = KernelLine(boot, spec, tscKHz: tscKHz).text
      if !line.isEmpty { list.add("-append", line) }
    case .firmware(.bios): break
    case .firmware(.uefi):
      list.flash(.firmwareCode, node: "code", readonly: true)
      list.flash(.firmwareVariables, node: "vars", readonly: false)
    }
  }

  private static func common(_ list: inout ArgumentList, _ board: Board) {
    list.add(board.virtio("virtio-balloon", id: balloon, slot: Board.Slot.balloon))
    list.add("-object", "rng-builtin,id=rng0")
    list.add(board.virtio("virtio-rng", id: "rngdev0", slot: Board.Slot.random).with(["rng": "rng0"]))
    list.add(QEMUDevice("pvpanic"))
  }
}
