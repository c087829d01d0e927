package import Failure
package import FoundationEssentials
import Life
package import Storage
package import VMSpec

/// What says of a folder that a VM is saved in it whole, and what is needed to make a VM of it again.
package struct SaveManifest: Codable, Hashable, Sendable {
  /// A disk that was written, as a complete qcow2 image.
  package struct Disk: Codable, Hashable, Sendable {
    /// `DiskSpec.effectiveName`.
    package var name: String
    /// Bytes that the guest sees.
    package var size: UInt64
    package var file: SavedFile

    package init(name: String, size: UInt64, file: SavedFile) {
      self.name = name
      self.size = size
      self.file = file
    }
  }

  /// Layout of folder and manifest.
  package var format = SaveManifest.currentFormat
  /// Of this saving: a UUID.
  package var id: String
  package var createdAt: Date
  /// Who was saved.
  package var vmID: String
  package var vmName: String
  /// What others called it, and its drives by our names of them; nil where that is the same.
  package var givenName: String?
  package var givenDrives: [String: String]?
  package var consistency: Snapshot.Consistency
  /// Where the devices of the specification are; nil: where their positions say.
  package var addresses: DeviceAddresses?
  /// The specification, in the form of records.
  package var document: SavedFile
  package var disks: [Disk]
  /// Variables of the firmware.
  package var firmware: SavedFile?
  /// The guest's memory, and what it needs to go on.
  package var memory: SavedFile?
  package var hardware: SnapshotHardware?

  package static let currentFormat = "procurator.save.v1"
  /// Names of the files that are not disks'.
  package static let documentName = "vm.json"
  package static let firmwareName = "firmware.fd"
  package static let memoryName = "memory"
  /// Bytes of a document that are read.
  package static let longestDocument = 8 << 20

  package static func fileName(ofDisk name: String) -> String { "disk-\(name).qcow2" }

  package init(
    id: String, createdAt: Date, vmID: String, vmName: String, consistency: Snapshot.Consistency,
    addresses: DeviceAddresses?, document: SavedFile, disks: [Disk], firmware: SavedFile?, memory: SavedFile?,
    hardware: SnapshotHardware?
  ) {
    self.id = id
    self.createdAt = createdAt
    self.vmID = vmID
    self.vmName = vmName
    self.consistency = consistency
    self.addresses = addresses
    self.document = document
    self.disks = disks
    self.firmware = firmware
    self.memory = memory
    self.hardware = hardware
  }

  /// Everything beside the manifest.
  package var files: [SavedFile] {
    [document] + disks.map(\.file) + [firmware, memory].compactMap { $0 }
  }

  /// Whether others called it or a part of it otherwise than we do.
  var hasGivenNames: Bool {
    givenName != nil || givenDrives != nil || addresses.map { ($0.disks + $0.nics).contains { $0.id != nil } } == true
  }

  /// Bytes of all of them.
  package var bytes: UInt64 { PoolRoom.sum(files.map(\.bytes)) }
}

extension SaveManifest {
  private struct Head: Decodable { var format: String }

  /// Reads a manifest, which may be anything.
  /// - Parameter path: for refusals.
  /// - Throws: `.unsupported` for one of another release, `.invalid` for what is none or does not hold together.
  package static func read(_ bytes: [UInt8], at path: String, _ operation: String) throws(Failure) -> SaveManifest {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    func invalid(_ cause: String) -> Failure {
      Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: cause,
        remedy: "bring the whole folder back from where it was copied, or save the VM again")
    }
    let manifest: SaveManifest
    do {
      let head = try decoder.decode(Head.self, from: Data(bytes))
      guard head.format == currentFormat else {
        throw Failure(
          .unsupported, part: .disk, operation: operation, object: path,
          cause: "its format is `\(head.format.prefix(64))`, and this release reads \(currentFormat)",
          remedy: "restore it with the release that has saved it, or a newer one")
      }
      manifest = try decoder.decode(SaveManifest.self, from: Data(bytes))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw invalid("it is no manifest: \((error as? DecodingError)?.words ?? "it cannot be read")")
    }
    if let trouble = manifest.trouble { throw invalid(trouble) }
    return manifest
  }

  /// What does not hold together in it; nil if all does. No name of it leads anywhere but to a file in its folder.
  private var trouble: String? {
    guard RecordID(id) != nil, RecordID(vmID) != nil else { return "an id in it is no UUID" }
    guard DerivedName.of(vmName, kind: "vm") == vmName else { return "`\(vmName.prefix(64))` is no name of a VM" }
    if let givenName {
      guard DerivedName.trouble(of: givenName) == nil, DerivedName.of(givenName, kind: "vm") == vmName else {
        return "`\(givenName.prefix(64))` is no other name of \(vmName)"
      }
    }
    guard document.name == Self.documentName, firmware.map({ $0.name == Self.firmwareName }) ?? true,
      memory.map({ $0.name == Self.memoryName }) ?? true
    else { return "a file in it has another name than it is saved under" }
    guard (memory == nil) == (hardware == nil), (memory != nil) == (consistency == .memory) else {
      return "it does not say what its memory needs"
    }
    for disk in disks {
      guard SavePlace.isName(disk.file.name), disk.file.name == Self.fileName(ofDisk: disk.name) else {
        return
          "the file of the disk `\(disk.name.prefix(64))` is not called as it is saved: `\(disk.file.name.prefix(64))`"
      }
      guard disk.size > 0, disk.size % 512 == 0, disk.size <= VMSpec.largestDisk else {
        return "no disk has \(disk.size) bytes"
      }
    }
    guard Set(files.map(\.name)).count == files.count else { return "two files in it have one name" }
    guard document.bytes <= Self.longestDocument else { return "its document has \(document.bytes) bytes" }
    return nil
  }

  /// Refuses a specification that does not belong to it.
  /// - Parameter spec: as it was saved.
  package func check(_ spec: VMSpec, at path: String, _ operation: String) throws(Failure) {
    let written = spec.disks.enumerated().filter { !$0.element.readonly }.map {
      $0.element.effectiveName(at: $0.offset)
    }
    let own = spec.disks.allSatisfy {
      $0.readonly ? $0.path != nil && $0.pool == nil : $0.path == nil && $0.pool == nil
    }
    func refusal(_ cause: String) -> Failure {
      Failure(
        .invalid, part: .disk, operation: operation, object: path, cause: cause,
        remedy: "bring the whole folder back from where it was copied, or save the VM again")
    }
    guard written == disks.map(\.name), own,
      spec.disks.allSatisfy({ $0.readonly || ($0.backing == nil && $0.format == .qcow2) })
    else { throw refusal("its disks are not those of the specification beside it") }
    guard addresses?.fits(spec) ?? true else {
      throw refusal("the places of its devices are not those of the specification beside it")
    }
    let drives = Set(spec.cdroms.enumerated().map { $1.effectiveName(at: $0) })
    guard (givenDrives ?? [:]).allSatisfy({ drives.contains($0) && DerivedName.trouble(of: $1) == nil }) else {
      throw refusal("the names of its drives are not those of the specification beside it")
    }
    guard spec.name == vmName else { throw refusal("the specification beside it is another VM's") }
  }
}

extension VMSpec {
  /// The same as it is saved: what was written is in images of its own.
  /// - Parameter sizes: bytes of each disk that is written, by position.
  package func saved(sizes: [Int: UInt64]) -> VMSpec {
    var spec = self
    for (index, size) in sizes {
      (spec.disks[index].path, spec.disks[index].pool, spec.disks[index].backing) = (nil, nil, nil)
      (spec.disks[index].format, spec.disks[index].isFormatGuessed) = (.qcow2, false)
      spec.disks[index].size = size
    }
    return spec
  }

  /// Refuses what could not be told that it is another VM, and would be the saved one to the network.
  package func checkCopy(_ operation: String) throws(Failure) {
    guard !nics.isEmpty else { return }
    func refusal(_ cause: String) -> Failure {
      Failure(
        .unsupported, part: .network, operation: operation, object: name, cause: cause,
        remedy: "let it boot instead: disks_only (--disks-only)")
    }
    guard agent else {
      throw refusal(
        "its memory has the hardware addresses of the VM that was saved, and it has no agent to be told others")
    }
    if let guestOs, guestOs.isWindows || guestOs == .freebsd {
      throw refusal(
        "its memory has the hardware addresses of the VM that was saved, and guests of \(guestOs.rawValue) cannot be told "
          + "others")
    }
    guard let index = nics.firstIndex(where: { $0.model != .virtio }) else { return }
    throw refusal(
      "network card \(index) is \(nics[index].model.rawValue), which keeps the hardware address of the VM that was saved"
    )
  }

  /// The same under another name, beside the VM that was saved.
  /// - Returns: it, and what is left out of it: sentences.
  package func renamed(_ name: String) -> (spec: VMSpec, remarks: [String]) {
    guard name != self.name else { return (self, []) }
    var (spec, remarks) = (self, [String]())
    spec.name = name
    for index in spec.nics.indices {
      if let address = spec.nics[index].address {
        spec.nics[index].address = nil
        remarks.append("network card \(index) has no fixed address any more: \(address) is that of \(self.name)")
      }
      if let mac = spec.nics[index].mac {
        spec.nics[index].mac = nil
        remarks.append(
          "network card \(index) has no hardware address of its own any more: \(mac) is that of \(self.name)")
      }
      if !spec.nics[index].forwards.isEmpty {
        spec.nics[index].forwards = []
        remarks.append("no ports of the host are forwarded to network card \(index): they are those of \(self.name)")
      }
    }
    if let port = spec.vncPort {
      spec.vncPort = nil
      remarks.append("its screen has no fixed port any more: \(port) is that of \(self.name)")
    }
    return (spec, remarks)
  }
}
