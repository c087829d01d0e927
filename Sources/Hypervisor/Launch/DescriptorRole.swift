/// What an open descriptor is to the hypervisor.
package enum DescriptorRole: Hashable, Sendable {
  /// `/dev/null`, its standard input.
  case null
  /// The process log, its standard output and error.
  case processLog
  /// Listening socket of the hypervisor's monitor.
  case monitor
  /// Listening socket of the second monitor, for when somebody holds the first.
  case monitorSpare
  /// Listening socket of the serial console.
  case console
  /// Log of the serial console, opened O_WRONLY|O_APPEND.
  case consoleLog
  /// Listening socket of the guest agent's port.
  case agent
  /// TAP of a network card.
  case tap(Int)
  /// `/dev/vhost-net` for a network card.
  case vhostNet(Int)
  /// `/dev/kvm`, opened O_RDWR.
  case kvm
  /// Kernel image, read only.
  case kernel
  /// Initial RAM file system, read only.
  case initrd
  /// UEFI code, read only.
  case firmwareCode
  /// UEFI variables of this VM, opened O_RDWR.
  case firmwareVariables
  /// Image of a disk: O_RDONLY if the disk is read only, O_RDWR otherwise.
  case disk(Int)
  /// Image that a disk is a layer of, read only.
  case backing(Int)
  /// What cloud-init reads, read only.
  case seed
  /// ISO image in a CD drive, read only.
  case medium(Int)
  /// Lock file that says "this VM runs" as long as anybody holds it. Inherited, not mentioned to the hypervisor.
  case lock
}
