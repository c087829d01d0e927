import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Linux
import NodeCore
import Storage

/// What is known of `/dev/kvm`, from whoever could be asked.
struct KVMFacts: Hashable, Sendable {
  /// There is such a node.
  var exists: Bool
  /// This user may open it.
  var opensByPath: Bool
  /// netd has handed it out; nil if it was not asked, or did not answer.
  var comesFromNetd: Bool?
  /// The hypervisor takes a descriptor; nil if nobody knows, because there is none.
  var isTaken: Bool?
  /// What it is called, and its oldest release that does.
  var hypervisor: String
  var firstToTakeIt: String
  /// The processor shows `vmx` or `svm`.
  var hasVirtualization: Bool
  var architecture: HostKVM.Architecture

  /// What it comes to.
  var check: Check {
    let name = "kvm"
    let slow = "guests run on TCG, far slower"
    guard exists else {
      return .warn(
        name, "there is no /dev/kvm: \(slow)",
        fix: hasVirtualization
          ? "load the module: modprobe kvm_intel, or kvm_amd"
          : "enable virtualization in the firmware; in a virtual machine, nested virtualization on its host")
    }
    let byDescriptor = comesFromNetd == true && isTaken != false
    guard byDescriptor || opensByPath else {
      let why =
        comesFromNetd == true
        ? "this \(hypervisor) takes no descriptor of netd, and the supervisor's user may not open it"
        : "netd hands none out, and the supervisor's user may not open it"
      let fix =
        (comesFromNetd == true
          ? "install \(firstToTakeIt) or newer" : "write Devices=kvm into netd.conf (\(firstToTakeIt) or newer)")
        + ", or let the user open it: setfacl -m u:procurator:rw /dev/kvm, or adduser procurator kvm and restart the supervisor"
      let found = "/dev/kvm is there, but denied: \(why); \(slow)"
      // Where stock kernels would not run on it anyway nobody has lost anything.
      return hasVirtualization || architecture != .x86 ? .fail(name, found, fix: fix) : .warn(name, found, fix: fix)
    }
    guard hasVirtualization || architecture != .x86 else {
      return .warn(
        name,
        "/dev/kvm opens, but the processor shows neither vmx nor svm, and stock kernels hang on such a KVM: \(slow)",
        fix: "use a host with hardware virtualization, or accel: kvm for guests that are made for this one")
    }
    return .ok(name, byDescriptor ? "usable, handed out by netd" : "usable by the supervisor's user itself")
  }
}

/// Programs and files that starting a VM needs.
struct ProgramChecks {
  let settings: Settings

  /// The hypervisor, and what it can do.
  static func hypervisor(_ backend: any Backend, _ capabilities: Result<Capabilities, Failure>) -> Check {
    let name = backend.name.lowercased()
    switch capabilities {
    case .failure(let failure): return .failed(name, failure)
    case .success(let capabilities):
      let kvm =
        capabilities.takesKVMDescriptor
        ? "takes KVM as a descriptor" : "takes no KVM descriptor (\(backend.firstWithKVMDescriptor) does)"
      return .ok(name, "\(backend.path), version \(capabilities.version), \(kvm)")
    }
  }

  /// Everything that is looked at in the file system.
  var all: [Check] {
    let noFirmware = "; VMs with firmware: uefi cannot start"
    return [
      file(
        "launcher", settings.launcher, X_OK, meaning: nil, remedy: "install it, or set Launcher= in the configuration"),
      tool(.qemuImage, meaning: "; disks cannot be made from a size or an image"),
      tool(.isoImage, meaning: "; VMs with cloudInit cannot start"),
      file(
        "firmware.code", settings.firmwareCode, R_OK, meaning: noFirmware,
        remedy: "install the package ovmf, or set FirmwareCode="),
      file(
        "firmware.variables", settings.firmwareVariables, R_OK, meaning: noFirmware,
        remedy: "install the package ovmf, or set FirmwareVariables="),
      file(
        "newuidmap", "/usr/bin/newuidmap", X_OK, meaning: "; all VMs run as the supervisor's user",
        remedy: "install the package uidmap and give procurator a range in /etc/subuid"),
      CertificateChecks.look(settings.api, now: Date()),
    ]
  }

  private func tool(_ tool: Tool, meaning: String) -> Check {
    file(tool.name, tool.path, X_OK, meaning: meaning, remedy: "install the package \(tool.package)")
  }

  /// - Parameter meaning: what cannot be done without it; nothing at all can if this is nil.
  private func file(_ name: String, _ path: String, _ right: Int32, meaning: String?, remedy: String) -> Check {
    if access(path, right) == 0 { return .ok(name, path) }
    let found = "\(path): \(Errno(errno))"
    guard let meaning else { return .fail(name, found, fix: remedy) }
    return .warn(name, found + meaning, fix: remedy)
  }
}
