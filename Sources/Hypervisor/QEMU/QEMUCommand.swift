/// The command line of QEMU as a pure function of what is wanted.
///
/// Everything comes as an open descriptor; QEMU opens no path that is ours. Device names and their places on the bus
/// depend on the position in the specification alone, so a guest finds its disks and cards again after a change.
public enum QEMUCommand {
  /// Device id of the guest agent's port, as in `VSERPORT_CHANGE`.
  public static let agentPort = "qga0"
  /// Chardev id of the guest agent's port, as in `query-chardev`.
  public static let agentChardev = "qga"
  /// Device id of the balloon.
  public static let balloon = "bal0"
  /// Ports for later hot-plug, `rp0` and up; q35 only.
  public static let hotplugPorts = 4
  /// Node name of the disk at place `index`, as in `query-blockstats`.
  public static func diskNode(_ index: Int) -> String { "disk\(index)" }
  /// Device id of the disk at place `index`.
  public static func diskDevice(_ index: Int) -> String { "blk\(index)" }
  /// Device id of the network card at place `index`.
  public static func nicDevice(_ index: Int) -> String { "nic\(index)" }

  /// Plans one VM.
  /// - Parameters:
  ///   - nics: one for each network card of the specification.
  ///   - executable: path of the binary.
  ///   - tscKHz: frequency of the host's time-stamp counter; a microvm on TCG needs it to boot reliably.
  public static func plan(
    spec: VMSpec, identity: QEMUIdentity, nics: [QEMUNIC], accelerator: Accelerator, features: QEMUFeatures,
    executable: String, tscKHz: UInt64? = nil
  ) -> QEMUPlan {
    var list = ArgumentList(executable: executable)
    base(&list, spec, identity)
    accelerate(&list, spec, accelerator, features)
    monitors(&list)
    boot(&list, spec, tscKHz: accelerator == .tcg ? tscKHz : nil)
    let bus = Bus(spec.machine)
    characters(&list, spec, bus)
    for (index, nic) in nics.enumerated() { network(&list, index, nic, bus) }
    for (index, disk) in spec.disks.enumerated() { storage(&list, index, disk, boots: spec.boot.isFirmware, bus) }
    common(&list, bus)
    _ = list.place(.lock)
    return list.plan
  }

  private static func base(_ list: inout ArgumentList, _ spec: VMSpec, _ identity: QEMUIdentity) {
    list.add("-name", "guest=\(ArgumentList.escaped(identity.name)),debug-threads=on", "-uuid", identity.uuid)
    list.add("-nodefaults", "-no-user-config", "-display", "none", "-rtc", "base=utc")
    list.add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
    // The process stays after the guest's end, so that whoever comes late can still read how it ended.
    list.add("-action", "shutdown=pause,panic=pause")
    var machine = spec.machine == .q35 ? "q35,usb=off,vmport=off" : "microvm,acpi=on"
    if spec.boot == .firmware(.uefi) { machine += ",pflash0=code,pflash1=vars" }
    list.add("-machine", machine, "-m", "size=\(spec.memory / Size.mebi)M", "-smp", "cpus=\(spec.vcpus)")
  }

  private static func accelerate(
    _ list: inout ArgumentList, _ spec: VMSpec, _ accelerator: Accelerator, _ features: QEMUFeatures
  ) {
    switch accelerator {
    case .kvm(.descriptor) where features.hasKVMDevice:
      let device = list.set(.kvm)
      list.add("-accel", "kvm,device=\(device)", "-cpu", "host")
    case .kvm:
      list.add("-accel", "kvm", "-cpu", "host")
    case .tcg:
      // TCG announces fast string moves that it does slowly; without the flag kernels choose loops that it does fast.
      list.add("-accel", "tcg", "-cpu", "max,-erms")
    }
  }

  private static func monitors(_ list: inout ArgumentList) {
    list.socket(.qmp, id: "qmp")
    list.add("-mon", "chardev=qmp,mode=control")
    list.socket(.qmpSpare, id: "qmp2")
    list.add("-mon", "chardev=qmp2,mode=control")
  }

  private static func boot(_ list: inout ArgumentList, _ spec: VMSpec, tscKHz: UInt64?) {
    switch spec.boot {
    case .kernel(let boot):
      list.add("-kernel", "/proc/self/fd/\(list.place(.kernel))")
      if boot.initrd != nil { list.add("-initrd", "/proc/self/fd/\(list.place(.initrd))") }
      let line = KernelLine.complete(
        boot.cmdline ?? "", console: spec.console, tscKHz: spec.machine == .microvm ? tscKHz : nil)
      if !line.isEmpty { list.add("-append", line) }
    case .firmware(.bios): break
    case .firmware(.uefi):
      list.flash(.firmwareCode, node: "code", readonly: true)
      list.flash(.firmwareVariables, node: "vars", readonly: false)
    }
  }

  private static func common(_ list: inout ArgumentList, _ bus: Bus) {
    list.add("-device", bus.device("virtio-balloon", "id=\(balloon)", slot: 0x0b))
    list.add("-object", "rng-builtin,id=rng0", "-device", bus.device("virtio-rng", "id=rngdev0,rng=rng0", slot: 0x0c))
    list.add("-device", "pvpanic")
    guard bus.machine == .q35 else { return }
    for port in 0..<hotplugPorts {
      let first = port == 0 ? "multifunction=on," : ""
      list.add(
        "-device", "pcie-root-port,id=rp\(port),chassis=\(port + 1),slot=\(port + 1),\(first)addr=0x1e.0x\(port)")
    }
  }
}

extension Boot {
  var isFirmware: Bool { if case .firmware = self { true } else { false } }
}
