extension PendingOperation {
  /// What programs hear when it is done.
  var change: EventChange? {
    switch self {
    case .attachDisk: .diskAttached
    case .detachDisk: .diskDetached
    case .attachNIC: .nicAttached
    case .detachNIC: .nicDetached
    case .createSnapshot: .snapshotCreated
    case .revertSnapshot: .snapshotReverted
    case .deleteSnapshot: .snapshotDeleted
    case .resizeDisk, .changeMedium, .addDrive, .save: nil
    }
  }
}
