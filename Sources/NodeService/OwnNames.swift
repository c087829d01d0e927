import Failure
import NodeAPI
import NodeCore
import VMSpec

/// Names as other control planes make them: anything of up to 255 characters. Ours follow from them, and they are kept.
extension Limiquantix_Node_V1_CreateVMOnNodeRequest {
  /// Puts names of ours in the place of what others call the VM and its parts. A document has ours.
  /// - Returns: what they were.
  /// - Throws: `.invalid` for one that is too long, has control characters, or is of two parts.
  mutating func takeOwnNames() throws(Failure) -> GivenNames {
    guard hasSpec, document.isEmpty else { return GivenNames() }
    var given = GivenNames(vm: name)
    let place = name.isEmpty ? "VM" : String(name.filter { !$0.isNewline && $0 != "\0" }.prefix(64))
    try GivenName.check(name, "\(place): name", "create")
    if !name.isEmpty { name = DerivedName.of(name, kind: "vm") }
    for index in spec.disks.indices {
      let id = spec.disks[index].id
      try GivenName.check(id, "\(place): disks[\(index)].id", "create")
      given.disks.append(id.isEmpty ? nil : id)
      if !id.isEmpty { spec.disks[index].id = DerivedName.ofDisk(id, number: index) }
    }
    for (index, nic) in spec.nics.enumerated() {
      try GivenName.check(nic.id, "\(place): nics[\(index)].id", "create")
      given.nics.append(nic.id.isEmpty ? nil : nic.id)
    }
    for index in spec.cdroms.indices {
      let id = spec.cdroms[index].id
      try GivenName.check(id, "\(place): cdroms[\(index)].id", "create")
      given.drives.append(id.isEmpty ? nil : id)
      if !id.isEmpty { spec.cdroms[index].id = DerivedName.of(id, kind: "cdrom") }
    }
    let names = spec.disks.enumerated().map { $1.id.isEmpty ? DiskSpec().effectiveName(at: $0) : $1.id }
    for (field, ids) in [("disks", given.disks), ("nics", given.nics), ("cdroms", given.drives)] {
      for (index, id) in ids.enumerated() {
        guard let id else { continue }
        let isTwice = ids[..<index].contains(id)
        let isAnothers = field == "disks" && names.enumerated().contains { $0 != index && $1 == id }
        guard isTwice || isAnothers else { continue }
        throw Failure(
          .invalid, operation: "create", object: "\(place): \(field)[\(index)].id",
          cause: "another one is called `\(id)` already", remedy: "give each an id of its own")
      }
    }
    return given
  }
}

/// What holds of a name that another control plane gives.
enum GivenName {
  static func check(_ text: String, _ object: String, _ operation: String) throws(Failure) {
    guard let cause = DerivedName.trouble(of: text) else { return }
    throw Failure(.invalid, operation: operation, object: object, cause: cause, remedy: "write another one")
  }
}

extension Limiquantix_Node_V1_AttachDiskRequest {
  /// What another control plane calls the disk that comes, whose name here follows from it. Our own clients, who say a
  /// format, mean the name.
  /// - Returns: nil if it is the name.
  mutating func takeOwnName(_ vm: String) throws(Failure) -> String? {
    guard !hasFormat, !disk.id.isEmpty else { return nil }
    try GivenName.check(disk.id, "\(vm): disk.id", "attach disk")
    let given = disk.id
    disk.id = DerivedName.ofDisk(given, number: nil)
    return disk.id == given ? nil : given
  }
}
