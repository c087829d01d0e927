/// What a disk may do per second, reads and writes together; 0 is no limit.
package struct DiskRate: Hashable, Sendable {
  package var device: Device
  /// Reads and writes.
  package var operations: UInt64
  /// Bytes.
  package var bytes: UInt64

  package init(device: Device, operations: UInt64, bytes: UInt64) {
    self.device = device
    self.operations = operations
    self.bytes = bytes
  }
}

/// A CD drive as the machine has it.
package struct DriveState: Hashable, Sendable {
  /// Whether the tray is out.
  package var isOpen: Bool
  /// Whether the guest has locked the tray: it has the medium mounted.
  package var isLocked: Bool
  /// Whether something lies in it.
  package var hasMedium: Bool

  package init(isOpen: Bool, isLocked: Bool, hasMedium: Bool) {
    self.isOpen = isOpen
    self.isLocked = isLocked
    self.hasMedium = hasMedium
  }
}

/// Counters of one disk or drive since the start of the process.
package struct DiskCounters: Hashable, Sendable {
  package var device: Device
  /// Bytes read by the guest.
  package var readBytes: UInt64
  /// Bytes written by the guest.
  package var writtenBytes: UInt64
  /// Requests by their kind.
  package var reads: UInt64
  package var writes: UInt64
  package var flushes: UInt64

  package init(
    device: Device, readBytes: UInt64, writtenBytes: UInt64, reads: UInt64, writes: UInt64, flushes: UInt64
  ) {
    self.device = device
    self.readBytes = readBytes
    self.writtenBytes = writtenBytes
    self.reads = reads
    self.writes = writes
    self.flushes = flushes
  }
}

/// Memory by the guest's own account, bytes; nil where it does not report.
package struct GuestStats: Hashable, Sendable {
  /// What its kernel manages.
  package var total: UInt64?
  /// What its programs could still get without swapping.
  package var available: UInt64?
  /// What nobody uses.
  package var free: UInt64?
  /// What caches its disks.
  package var caches: UInt64?
  /// Read from swap, and written to it, since it booted.
  package var swapIn: UInt64?
  package var swapOut: UInt64?

  package init() {}
}

/// Formats of a picture of the screen.
package enum PictureFormat: String, Hashable, Sendable {
  /// Portable Network Graphics.
  case png
  /// Portable pixmap (netpbm, ppm(5)).
  case ppm
}
