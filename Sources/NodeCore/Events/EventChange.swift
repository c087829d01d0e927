/// What an event has changed, for programs: `what` is for people. The raw value is the name in the log and never changes; a text
/// of a later release is kept as it is.
package struct EventChange: RawRepresentable, Codable, Hashable, Sendable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  /// The guest has started again in the same process.
  package static let rebooted = EventChange(rawValue: "rebooted")
  package static let diskAttached = EventChange(rawValue: "disk_attached")
  package static let diskDetached = EventChange(rawValue: "disk_detached")
  package static let nicAttached = EventChange(rawValue: "nic_attached")
  package static let nicDetached = EventChange(rawValue: "nic_detached")
  package static let snapshotCreated = EventChange(rawValue: "snapshot_created")
  package static let snapshotReverted = EventChange(rawValue: "snapshot_reverted")
  package static let snapshotDeleted = EventChange(rawValue: "snapshot_deleted")
  /// Memory of the host has become scarce, or there is enough again.
  package static let overloaded = EventChange(rawValue: "overloaded")
  package static let recovered = EventChange(rawValue: "recovered")
}
