extension VMSpec {
  /// In the `userInfo` of an encoder: what is written is a record, which has what was guessed too, and that it was.
  package static let recordForm = CodingUserInfoKey(rawValue: "procurator.record")
}

extension DiskSpec: Codable {
  /// What a record has beside the document's keys.
  private enum RecordKeys: String, CodingKey { case isFormatGuessed, pool }

  /// Reads both forms. In records of earlier releases nobody knows who chose the format: it counts as said.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.Disk.self)
    let record = try decoder.container(keyedBy: RecordKeys.self)
    let path = try values.decodeIfPresent(String.self, forKey: .path)
    let format = try values.decodeIfPresent(Format.self, forKey: .format)
    self.init(
      name: try values.decodeIfPresent(String.self, forKey: .name), path: path,
      pool: try record.decodeIfPresent(String.self, forKey: .pool), format: format ?? .usual(for: path),
      isFormatGuessed: try record.decodeIfPresent(Bool.self, forKey: .isFormatGuessed) ?? (format == nil),
      bus: try values.decodeIfPresent(Bus.self, forKey: .bus) ?? .virtio,
      readonly: try values.decode(Bool.self, forKey: .readonly),
      bootable: try values.decodeIfPresent(Bool.self, forKey: .bootable) ?? false,
      size: try values.decodeIfPresent(UInt64.self, forKey: .size),
      backing: try values.decodeIfPresent(String.self, forKey: .backing),
      iops: try values.decodeIfPresent(Int.self, forKey: .iops),
      throughput: try values.decodeIfPresent(UInt64.self, forKey: .throughput))
  }

  /// Writes the document form, in which a guessed format is not said; or that of a record.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.Disk.self)
    try values.encodeIfPresent(name, forKey: .name)
    try values.encodeIfPresent(path, forKey: .path)
    let isRecord = VMSpec.recordForm.map { encoder.userInfo[$0] != nil } ?? false
    if !isFormatGuessed {
      try values.encode(format, forKey: .format)
    } else if isRecord {
      // The format too, for the sake of earlier releases.
      try values.encode(format, forKey: .format)
      var record = encoder.container(keyedBy: RecordKeys.self)
      try record.encode(true, forKey: .isFormatGuessed)
    }
    if isRecord, let pool {
      var record = encoder.container(keyedBy: RecordKeys.self)
      try record.encode(pool, forKey: .pool)
    }
    if bus != .virtio { try values.encode(bus, forKey: .bus) }
    try values.encode(readonly, forKey: .readonly)
    if bootable { try values.encode(bootable, forKey: .bootable) }
    try values.encodeIfPresent(size, forKey: .size)
    try values.encodeIfPresent(backing, forKey: .backing)
    try values.encodeIfPresent(iops, forKey: .iops)
    try values.encodeIfPresent(throughput, forKey: .throughput)
  }
}
