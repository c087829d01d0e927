import FoundationEssentials

/// What there is of a VM before it is one: a folder with its images, and what its record says of them.
package struct PreparedVM: Sendable {
  var folder: String
  var manifest: SaveManifest
  /// Whether it goes on from the memory.
  var wakes: Bool

  func settle(_ record: inout Record) {
    let time = Date()
    record.deviceAddresses = manifest.addresses
    if record.spec.name == manifest.vmName {
      (record.givenName, record.givenDrives) = (manifest.givenName, manifest.givenDrives)
    } else {
      // Others would take it for the VM that was saved.
      record.rearrange { _, places in
        for index in places.disks.indices { places.disks[index].id = nil }
        for index in places.nics.indices { places.nics[index].id = nil }
      }
    }
    record.knowImages(at: time)
    record.tell(
      HistoryEntry(
        time: time, what: "restored from \(manifest.vmName), as it was saved \(manifest.createdAt.formatted(.iso8601))")
    )
    guard wakes, let hardware = manifest.hardware else { return }
    record.wake = Wake(snapshot: manifest.id, saved: hardware)
    // One without an agent has no cards, and nobody in it who could be told.
    if record.spec.agent { record.copiedFrom = manifest.vmName }
  }
}
