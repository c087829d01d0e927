import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Storage
import VMSpec

/// What lies in CD drives.
extension VMDevices {
  /// Puts an ISO image into a drive, or takes out what is in it.
  /// - Parameters:
  ///   - path: the image; nil ejects.
  ///   - drive: name of the drive, its number, or what a guest with SCSI disks would call it (`sdb`); empty: the first.
  ///   - force: whether a tray that the guest has locked is opened all the same.
  nonisolated(nonsending) func changeMedium(_ path: String?, drive: String, force: Bool = false) async throws(Failure) {
    let operation = path == nil ? "eject medium" : "insert medium"
    if let path { try await checkMedium(path) }
    try await addDriveIfNeeded(path, drive, operation)
    try await operate(operation, of: .image) { () async throws(Failure) in
      let index = try self.drive(drive, operation)
      var record = self.record
      let before = record.spec.cdroms[index].path
      if before == path, try await self.driveHolds(index, path != nil) { return nil }
      record.spec.cdroms[index].path = path
      return Change(record: record, operation: .changeMedium(drive: index, from: before, isForced: force))
    }
  }

  /// A VM that does not run can be given its first drive by laying something into it.
  nonisolated(nonsending) private func addDriveIfNeeded(_ path: String?, _ drive: String, _ operation: String)
    async throws(Failure)
  {
    guard path != nil, record.spec.cdroms.isEmpty, !life.state.hasProcess, record.spec.machine == .q35,
      drive.isEmpty || drive == CDROMSpec().effectiveName(at: 0) || drive == "0"
    else { return }
    try await operate(operation, of: .image) { () throws(Failure) in
      var record = self.record
      guard record.spec.cdroms.isEmpty, !self.life.state.hasProcess else { return nil }
      record.spec.cdroms.append(CDROMSpec(path: path))
      return Change(record: record, operation: .addDrive)
    }
  }

  nonisolated(nonsending) private func driveHolds(_ index: Int, _ something: Bool) async throws(Failure) -> Bool {
    guard let machine else { return true }
    return try await machine.drive(index).hasMedium == something
  }

  private func drive(_ word: String, _ operation: String) throws(Failure) -> Int {
    let drives = record.spec.cdroms
    let names = drives.enumerated().map { $1.effectiveName(at: $0) }
    if word.isEmpty, !drives.isEmpty { return 0 }
    if let index = names.firstIndex(of: word) { return index }
    if let index = drives.indices.first(where: { record.givenName(ofDrive: $0) == word }) { return index }
    if let index = Int(word), drives.indices.contains(index) { return index }
    // Control planes of the contract count the disks first.
    if word.hasPrefix("sd"), let letter = word.dropFirst(2).utf8.first, word.utf8.count == 3 {
      let index = Int(letter) - Int(UInt8(ascii: "a")) - record.spec.disks.count
      if drives.indices.contains(index) { return index }
    }
    throw Failure(
      .notFound, operation: operation, object: word.isEmpty ? name : "\(name): drive \(word)",
      cause: names.isEmpty ? "the VM has no CD drive" : "its CD drives are \(names.joined(separator: ", "))",
      remedy: names.isEmpty
        ? "a drive cannot come while the VM runs: stop it and insert again, or write `cdroms: [{}]` in its spec" : "")
  }

  nonisolated(nonsending) private func checkMedium(_ path: String) async throws(Failure) {
    try await Failure.of(.image) { () async throws(Failure) in
      try await queue.run { () throws(Failure) in _ = try DiskImage.openMedium(path) }
    }
  }

  // MARK: in the hypervisor

  /// Makes a drive hold what the specification says.
  nonisolated(nonsending) func changeMedium(_ index: Int, isForced: Bool) async throws(Failure) {
    guard let machine, record.spec.cdroms.indices.contains(index) else { return }
    let path = record.spec.cdroms[index].path
    var medium: Descriptor?
    if let path {
      let cell = try await queue.run { () throws(Failure) in
        DescriptorCell(try DiskImage.openMedium(path))
      }
      medium = cell.take()
    }
    try await openTray(index, isForced, machine)
    try await machine.removeMedium(index)
    // An empty drive stays open, as one whose button was pressed.
    guard let medium = medium.take() else { return }
    try await machine.insertMedium(index, medium)
  }

  /// How long a guest may take to let go of a medium.
  private static let trayTimeout: Duration = .seconds(5)

  nonisolated(nonsending) private func openTray(_ index: Int, _ isForced: Bool, _ machine: any Machine)
    async throws(Failure)
  {
    try await machine.openTray(index, force: isForced)
    let isOpen = try await untilDevices(within: Self.trayTimeout) { () async throws(Failure) in
      try await machine.drive(index).isOpen
    }
    guard isOpen else {
      throw Failure(
        .timeout, operation: "open tray", object: "\(name): \(record.spec.cdroms[index].effectiveName(at: index))",
        cause: "the guest has locked it and did not open it within \(Self.trayTimeout.components.seconds) s",
        remedy: "unmount the medium in the guest, or use --force, which pulls it out from under the guest")
    }
  }

  /// Puts back what was in a drive before a change that failed half way.
  nonisolated(nonsending) func restoreMedium(_ index: Int) async throws(Failure) {
    guard let machine, record.spec.cdroms.indices.contains(index), record.spec.cdroms[index].path != nil,
      try await machine.drive(index).isOpen, try await !machine.drive(index).hasMedium
    else { return }
    try await changeMedium(index, isForced: false)
  }
}
