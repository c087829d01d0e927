import VMSpec

/// What another control plane calls a VM and its parts, by position in the specification; nil where it says nothing.
package struct GivenNames: Sendable, Hashable {
  package var vm: String?
  package var disks: [String?]
  package var nics: [String?]
  package var drives: [String?]

  /// Nothing but what is said.
  package init(vm: String? = nil, disks: [String?] = [], nics: [String?] = [], drives: [String?] = []) {
    self.vm = vm
    self.disks = disks
    self.nics = nics
    self.drives = drives
  }
}

extension Record {
  /// Takes over what others call it and its parts, as far as they do not call it as we do.
  mutating func take(_ given: GivenNames) {
    if given.vm != spec.name { givenName = given.vm }
    rearrange { spec, addresses in
      for (index, id) in given.disks.enumerated() where addresses.disks.indices.contains(index) {
        if id != spec.disks[index].effectiveName(at: index) { addresses.disks[index].id = id }
      }
      for (index, id) in given.nics.enumerated() where addresses.nics.indices.contains(index) {
        addresses.nics[index].id = id
      }
    }
    var drives: [String: String] = [:]
    for (index, id) in given.drives.enumerated() where spec.cdroms.indices.contains(index) {
      let own = spec.cdroms[index].effectiveName(at: index)
      if let id, id != own { drives[own] = id }
    }
    givenDrives = drives.isEmpty ? nil : drives
  }

  /// What others call the disk at a position, or what we do.
  package func givenName(ofDisk index: Int) -> String {
    let places = devices.disks
    return (places.indices.contains(index) ? places[index].id : nil) ?? spec.disks[index].effectiveName(at: index)
  }

  /// The same of a drive.
  package func givenName(ofDrive index: Int) -> String {
    let own = spec.cdroms[index].effectiveName(at: index)
    return givenDrives?[own] ?? own
  }
}
