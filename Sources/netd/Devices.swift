import Failure
import Glibc
import IPC
import Linux
import NetworkPlan

/// The device nodes that netd may open for others.
struct Devices {
  /// What root allows.
  let allowed: [DeviceKind]

  /// Opens a device of its own for the asker.
  func open(_ kind: DeviceKind) throws(Failure) -> Descriptor {
    let name = NetdSettings.name(kind)
    guard allowed.contains(kind) else {
      throw Failure(
        .denied, operation: "open device", object: name, cause: "the configuration does not allow it",
        remedy: "have root add \(name) to Devices= in netd.conf")
    }
    let number = Glibc.open("/dev/\(name)", O_RDWR | O_CLOEXEC)
    guard number >= 0 else {
      let error = Errno(errno)
      if error.code == ENOENT || error.code == ENXIO || error.code == ENODEV {
        let module = kind == .kvm ? "kvm_intel or kvm_amd" : name == "vhost-net" ? "vhost_net" : "vhost_vsock"
        throw Failure(
          .unsupported, operation: "open device", object: "/dev/\(name)", cause: "this machine has none",
          remedy: "load the module \(module)", errno: error.code)
      }
      throw error.failure("open device", "/dev/\(name)")
    }
    return Descriptor(owning: number)
  }
}
