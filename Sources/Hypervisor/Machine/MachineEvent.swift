package import Life

/// Something that a machine tells on its own.
package enum MachineEvent: Hashable, Sendable {
  /// How the guest is from now on.
  case guest(GuestCondition)
  /// The processors stand still; `Machine.condition` says why.
  case halted
  /// The processors run.
  case resumed
  /// The machine was started again: by its guest, or by us. May be told several times for one.
  case reset(byGuest: Bool)
  /// The hypervisor was told to end, by us or from outside.
  case leaving
  /// A read or write of the guest failed, and the machine halts for it.
  case diskFailed(DiskError)
  /// The guest has let go of a device; nil if of none that has a name.
  case deviceLeft(Device?)
  /// The tray of a CD drive has moved.
  case trayMoved
  /// Somebody in the guest has opened or closed the agent's port.
  case agentPort(isOpen: Bool)
  /// Bytes that the guest has of its memory from now on.
  case balloon(UInt64)
  /// The guest raises events of this name without end: most of them are dropped from now on, and so many a second passed on.
  case flood(String, perSecond: Int)
}

/// That a guest's read or write failed on the host. The machine stands still then.
package struct DiskError: Hashable, Sendable {
  package var device: Device
  /// Whether it was a write; nil if nobody remembers.
  package var isWrite: Bool?
  /// Whether there was no space left (ENOSPC).
  package var hasNoSpace: Bool
  /// The host's words for the error; empty if nobody remembers.
  package var reason: String

  package init(device: Device, isWrite: Bool?, hasNoSpace: Bool, reason: String) {
    self.device = device
    self.isWrite = isWrite
    self.hasNoSpace = hasNoSpace
    self.reason = reason
  }
}
