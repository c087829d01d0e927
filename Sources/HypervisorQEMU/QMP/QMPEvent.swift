package import Hypervisor
package import Text

/// Something QEMU tells on its own (QAPI: `run-state.json`, `char.json`).
package struct QMPEvent: Hashable, Sendable {
  /// The events that the life cycle depends on.
  package enum Kind: Hashable, Sendable {
    /// The machine has shut down: by the guest or by us, and QEMU's word for why.
    case shutdown(guest: Bool, reason: String)
    /// The machine was reset. q35 repeats it two to four times after `system_reset`.
    case reset(guest: Bool, reason: String)
    /// The processors stand still.
    case stop
    /// The processors run.
    case resume
    /// The guest was asked to power off.
    case powerdown
    /// The guest's kernel panicked; what QEMU did then (`pause`, `poweroff`, `run`).
    case guestPanicked(action: String)
    /// Somebody in the guest has opened or closed a serial port.
    case serialPortChange(id: String, open: Bool)
    /// A read or write of the guest failed, and the machine halts for it.
    case diskFailed(DiskError)
    /// A device that was asked to leave has left: its id. Of nameless ones (each virtio device has one inside) it is no
    /// event of this kind.
    case deviceDeleted(id: String)
    /// The tray of a CD drive has moved.
    case trayMoved
    /// The guest raises events of this name without end: most of them are dropped from now on.
    case tooMany(String)
    /// Any other.
    case other(String)
  }

  /// What happened.
  package var kind: Kind
  /// QEMU's name of it.
  package var name: String
  /// Its details; an empty object if it has none.
  package var data: JSON
  /// When it happened, in microseconds since 1970 by QEMU's clock; 0 if it does not say.
  package var microseconds: Int64

  /// Our own word for a flood of events of a name.
  package init(tooMany name: String) {
    kind = .tooMany(name)
    self.name = name
    data = [:]
    microseconds = 0
  }

  /// Reads a message; nil if it is no event.
  package init?(_ message: JSON) {
    guard let name = message["event"]?.string else { return nil }
    let data = message["data"] ?? [:]
    self.name = name
    self.data = data
    let time = message["timestamp"]
    microseconds = Self.total(time?["seconds"]?.integer ?? 0, time?["microseconds"]?.integer ?? 0)
    let guest = data["guest"]?.bool ?? false
    let reason = data["reason"]?.string ?? ""
    switch name {
    case "SHUTDOWN": kind = .shutdown(guest: guest, reason: reason)
    case "RESET": kind = .reset(guest: guest, reason: reason)
    case "STOP": kind = .stop
    case "RESUME": kind = .resume
    case "POWERDOWN": kind = .powerdown
    case "GUEST_PANICKED": kind = .guestPanicked(action: data["action"]?.string ?? "")
    case "VSERPORT_CHANGE":
      kind = .serialPortChange(id: data["id"]?.string ?? "", open: data["open"]?.bool ?? false)
    case "BLOCK_IO_ERROR": kind = DiskError(event: data).map(Kind.diskFailed) ?? .other(name)
    case "DEVICE_DELETED":
      kind = data["device"]?.string.map(Kind.deviceDeleted(id:)) ?? .other(name)
    case "DEVICE_TRAY_MOVED": kind = .trayMoved
    default: kind = .other(name)
    }
  }

  /// -1 stands for "unknown" in QAPI; anything that does not fit counts as unknown too.
  private static func total(_ seconds: Int64, _ micro: Int64) -> Int64 {
    guard seconds > 0, seconds < 1 << 40, (0..<1_000_000).contains(micro) else { return 0 }
    return seconds * 1_000_000 + micro
  }
}
