import Hypervisor
import Text
import VMSpec

/// What is done for a certain family of guests, and memory of huge pages.
extension QEMUCommand {
  /// Says which zone this host's clock is in (localtime(5)); a link, as a rule.
  static let timeZone = "/etc/localtime"
  /// Device id of what points at places of the screen.
  static let pointerDevice = "tablet0"
  private static let pointerController = "usb0"

  /// Flags for Windows on KVM: what Hyper-V offers its guests, so that they wait and keep time with few exits (QEMU,
  /// docs/system/i386/hyperv.rst). Where KVM has them (`KVM.offersHyperV`): QEMU does not start with one that it has not.
  static func enlightenments(_ system: GuestOS?) -> String {
    switch system {
    case .windowsServer, .windowsDesktop:
      ",hv-relaxed,hv-vapic,hv-spinlocks=0x1fff,hv-vpindex,hv-runtime,hv-synic,hv-stimer,hv-time,hv-frequencies,"
        + "hv-tlbflush,hv-ipi,hv-reset"
    // Those that were there before Windows 8.
    case .windowsLegacy: ",hv-relaxed,hv-vapic,hv-spinlocks=0x1fff"
    case nil, .rhel, .debian, .fedora, .suse, .arch, .genericLinux, .freebsd: ""
    }
  }

  /// Memory without a file: no folder of huge pages is opened. All of it is taken at the start, so that no guest is killed
  /// later for a page that is not there.
  static func hugeMemory(_ spec: VMSpec) -> String {
    "memory-backend-memfd,id=ram,size=\(spec.memory / Size.mebi)M,hugetlb=on,prealloc=on"
  }

  /// A pointer that is where the viewer's is, for guests whose family is known and so their drivers. It is a function of
  /// the board's bridge.
  static func pointer(_ list: inout ArgumentList, _ spec: VMSpec, _ board: Board) {
    guard spec.display == .vnc, let system = spec.guestOs else { return }
    let controller: String
    switch system {
    case .rhel, .debian, .fedora, .suse, .arch, .genericLinux:
      list.add(board.pci("virtio-tablet-pci", id: pointerDevice, slot: Board.Slot.bridge, function: 6))
      return
    case .freebsd, .windowsServer, .windowsDesktop: controller = "qemu-xhci"
    // It knows no USB 3.
    case .windowsLegacy: controller = "piix3-usb-uhci"
    }
    list.add(board.pci(controller, id: pointerController, slot: Board.Slot.bridge, function: 6))
    list.add(QEMUDevice("usb-tablet", id: pointerDevice, ["bus": .string("\(pointerController).0")]))
  }
}
