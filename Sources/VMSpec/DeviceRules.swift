import Failure

extension SpecRules {
  static func disks(_ value: ValueReader) throws(Failure) -> [DiskSpec] {
    var disks: [DiskSpec] = []
    for (index, entry) in try value.list(limit: SpecLimits.disks).enumerated() {
      let disk = try disk(entry)
      let name = disk.effectiveName(at: index)
      for (earlier, other) in disks.enumerated() {
        if other.effectiveName(at: earlier) == name {
          throw entry.refusal(
            "the name `\(name)` is that of disks[\(earlier)] already", remedy: "give each disk a name of its own")
        }
        if let path = disk.path, path == other.path, !(disk.readonly && other.readonly) {
          throw entry.refusal(
            "\(path) is the image of disks[\(earlier)] already",
            remedy: "use another image, or set readonly: true on both")
        }
      }
      disks.append(disk)
    }
    return disks
  }

  private static func disk(_ value: ValueReader) throws(Failure) -> DiskSpec {
    let fields = try value.fields(SpecKeys.Disk.self)
    let path = try fields[.path].map(path)
    let disk = DiskSpec(
      name: try fields[.name].map(name), path: path,
      format: try fields[.format]?.choice(DiskSpec.Format.self) ?? format(ofPath: path),
      isFormatGuessed: fields[.format] == nil && path != nil,
      readonly: try fields[.readonly]?.bool() ?? false,
      size: try fields[.size]?.size(SpecLimits.diskSize, operation: 512, example: "10GiB"),
      backing: try fields[.backing].map(SpecRules.path), iops: try fields[.iops]?.integer(SpecLimits.iops),
      throughput: try fields[.throughput]?.size(SpecLimits.rate, operation: 1, example: "100MiB"))
    if let stray = fields[.backing] {
      if path != nil {
        throw stray.refusal(
          "an image at path is taken as it is, only a new one has another below it",
          remedy: "remove path, so that the new image is made in the VM's own folder")
      }
      if disk.format != .qcow2 {
        throw stray.refusal("only a qcow2 image can have another below it", remedy: "use format: qcow2")
      }
    }
    if path == nil, disk.readonly {
      throw value.refusal("a read-only disk needs an image that exists", remedy: "add path, or remove readonly")
    }
    if path == nil, disk.size == nil, disk.backing == nil {
      throw value.refusal(
        "has neither path nor size",
        remedy: "add path for an image that exists, size for a new one, or backing for one on top of another")
    }
    if disk.readonly, disk.size != nil {
      throw value.refusal(
        "a read-only disk cannot be created, so it takes no size", remedy: "remove size, or remove readonly")
    }
    return disk
  }

  /// The usual extensions of raw images; everything else is taken for qcow2.
  static func format(ofPath path: String?) -> DiskSpec.Format {
    guard let name = path?.split(separator: "/").last, let dot = name.lastIndex(of: ".") else { return .qcow2 }
    return ["raw", "img", "iso", "ext4", "bin"].contains(name[dot...].dropFirst().lowercased()) ? .raw : .qcow2
  }

  /// Rules over several parts.
  static func whole(_ spec: VMSpec, _ fields: FieldReader<SpecKeys.Root>) throws(Failure) {
    if case .firmware = spec.boot {
      if spec.machine == .microvm {
        throw (fields[.machine] ?? fields.place).refusal(
          "a microvm boots a kernel directly, it has no firmware that reads disks",
          remedy: "add boot.kernel, or use machine: q35")
      }
      if spec.disks.isEmpty, spec.cdroms.allSatisfy({ $0.path == nil }) {
        throw (fields[.boot] ?? fields.place).refusal(
          "there is nothing to boot: neither boot.kernel nor a disk",
          remedy: "add a disk with a boot loader to disks, an image to cdroms, or boot.kernel")
      }
    }
    if spec.machine == .microvm {
      for (key, isThere) in [(SpecKeys.Root.cdroms, !spec.cdroms.isEmpty), (.display, spec.display != .none)]
      where isThere {
        throw (fields[key] ?? fields.place).refusal(
          "a microvm has no bus for it", remedy: "use machine: q35, or remove \(key.rawValue)")
      }
    }
    if [.agent, .exec].contains(spec.health.check), !spec.agent {
      throw (fields[.health] ?? fields.place).refusal(
        "the check `\(spec.health.check.rawValue)` asks the guest agent, which has no port",
        remedy: "remove agent: false, or use another check")
    }
    if [.tcp, .http].contains(spec.health.check), spec.nics.isEmpty {
      throw (fields[.health] ?? fields.place).refusal(
        "the check `\(spec.health.check.rawValue)` needs a network card",
        remedy: "add one to nics, or use another check")
    }
    if spec.machine == .microvm, spec.disks.count + spec.nics.count > SpecLimits.microvmDevices {
      throw (fields[.machine] ?? fields.place).refusal(
        "a microvm has room for \(SpecLimits.microvmDevices) disks and network cards together",
        remedy: "use machine: q35, or fewer of them")
    }
  }
}
