extension DiskSpec {
  static func validate(_ disks: [DiskSpec], _ place: SpecPlace) throws(SpecProblem) {
    try place.hold(Rules.disks.broken(disks.count))
    for (index, disk) in disks.enumerated() {
      let own = place.index(index)
      try disk.validate(own)
      let name = disk.effectiveName(at: index)
      for (earlier, other) in disks.prefix(index).enumerated() {
        if other.effectiveName(at: earlier) == name {
          try own.refuse(
            "the name `\(name)` is that of disks[\(earlier)] already", remedy: "give each disk a name of its own")
        }
        if let path = disk.path, path == other.path, !(disk.readonly && other.readonly) {
          try own.refuse(
            "\(path) is the image of disks[\(earlier)] already",
            remedy: "use another image, or set readonly: true on both")
        }
      }
    }
  }

  private func validate(_ place: SpecPlace) throws(SpecProblem) {
    func at(_ key: SpecKeys.Disk) -> SpecPlace { place.key(key) }
    try at(.path).hold(path, Rules.path)
    try at(.name).hold(name, Rules.name)
    try at(.size).hold(size, Rules.diskSize.broken)
    try at(.backing).hold(backing, Rules.path)
    try at(.iops).hold(iops, Rules.iops.broken)
    try at(.throughput).hold(throughput, Rules.throughput.broken)
    if backing != nil {
      if path != nil, pool == nil {
        try at(.backing).refuse(
          "an image at path is taken as it is, only a new one has another below it",
          remedy: "remove path, so that the new image is made in the VM's own folder")
      }
      if format != .qcow2 {
        try at(.backing).refuse("only a qcow2 image can have another below it", remedy: "use format: qcow2")
      }
    }
    if readonly, !bus.canBeReadonly {
      try at(.readonly).refuse(
        "a guest cannot be told that a disk on \(bus.rawValue) is read only",
        remedy: "use bus: virtio or scsi, or remove readonly")
    }
    if path == nil, readonly {
      try place.refuse("a read-only disk needs an image that exists", remedy: "add path, or remove readonly")
    }
    if path == nil, size == nil, backing == nil {
      try place.refuse(
        "has neither path nor size",
        remedy: "add path for an image that exists, size for a new one, or backing for one on top of another")
    }
    if readonly, size != nil {
      try place.refuse(
        "a read-only disk cannot be created, so it takes no size", remedy: "remove size, or remove readonly")
    }
  }
}

extension CDROMSpec {
  static func validate(_ drives: [CDROMSpec], _ place: SpecPlace) throws(SpecProblem) {
    try place.hold(Rules.cdroms.broken(drives.count))
    for (index, drive) in drives.enumerated() {
      let own = place.index(index)
      try own.key(SpecKeys.CDROM.name).hold(drive.name, Rules.name)
      try own.key(SpecKeys.CDROM.path).hold(drive.path, Rules.path)
      let name = drive.effectiveName(at: index)
      for (earlier, other) in drives.prefix(index).enumerated() where other.effectiveName(at: earlier) == name {
        try own.refuse(
          "the name `\(name)` is that of cdroms[\(earlier)] already", remedy: "give each drive a name of its own")
      }
    }
  }
}

extension CloudInitSpec {
  func validate(_ place: SpecPlace) throws(SpecProblem) {
    func at(_ key: SpecKeys.CloudInit) -> SpecPlace { place.key(key) }
    for (key, text) in [
      (SpecKeys.CloudInit.userData, userData), (.metaData, metaData), (.networkConfig, networkConfig),
      (.vendorData, vendorData),
    ] {
      try at(key).hold(text, Rules.seed.broken)
    }
    try at(.sshKeys).hold(Rules.sshKeys.broken(sshKeys.count))
    for (index, key) in sshKeys.enumerated() { try at(.sshKeys).index(index).hold(Rules.sshKey(key)) }
    try at(.hostname).hold(hostname, Rules.hostName)
    if userData != nil, !sshKeys.isEmpty {
      try at(.sshKeys).refuse(
        "userData says everything about the user, so keys beside it would be lost",
        remedy: "put them into userData as ssh_authorized_keys, or remove userData")
    }
  }
}
