import Failure

/// How each part of a document is read. What the values must be is in `VMSpec.validate`.
enum SpecReading {
  static func labels(_ value: ValueReader) throws(Failure) -> [String: String] {
    var labels: [String: String] = [:]
    for (key, text) in try value.pairs() { labels[key] = try text.word(Rules.labelValue.broken) }
    return labels
  }

  static func boot(_ value: ValueReader) throws(Failure) -> Boot {
    let fields = try value.fields(SpecKeys.Boot.self)
    guard let kernel = fields[.kernel] else {
      for key in [SpecKeys.Boot.initrd, .cmdline] {
        if let stray = fields[key] {
          throw stray.refusal("needs `kernel` beside it", remedy: "add boot.kernel, or remove \(key.rawValue)")
        }
      }
      return .firmware(try fields[.firmware]?.choice(Firmware.self) ?? .bios)
    }
    if let firmware = fields[.firmware] {
      throw firmware.refusal(
        "`kernel` and `firmware` exclude each other",
        remedy: "keep boot.kernel for a direct boot, or boot.firmware for a boot from disk")
    }
    return .kernel(
      KernelBoot(
        kernel: try kernel.string(Rules.path), initrd: try fields[.initrd]?.string(Rules.path),
        cmdline: try fields[.cmdline]?.string(Rules.cmdline.broken)))
  }

  static func bootOrder(_ value: ValueReader) throws(Failure) -> [BootDevice] {
    try value.list(Rules.bootOrder).map { (entry) throws(Failure) in try entry.choice(BootDevice.self) }
  }

  // MARK: devices

  static func disks(_ value: ValueReader) throws(Failure) -> [DiskSpec] {
    try value.list(Rules.disks).map { (entry) throws(Failure) in
      let fields = try entry.fields(SpecKeys.Disk.self)
      let path = try fields[.path]?.string(Rules.path)
      return DiskSpec(
        name: try fields[.name]?.string(Rules.name), path: path,
        format: try fields[.format]?.choice(DiskSpec.Format.self) ?? .usual(for: path),
        isFormatGuessed: fields[.format] == nil && path != nil,
        bus: try fields[.bus]?.choice(DiskSpec.Bus.self) ?? .virtio,
        readonly: try fields[.readonly]?.bool() ?? false,
        bootable: try fields[.bootable]?.bool() ?? false, size: try fields[.size]?.size(Rules.diskSize),
        backing: try fields[.backing]?.string(Rules.path), iops: try fields[.iops]?.integer(Rules.iops),
        throughput: try fields[.throughput]?.size(Rules.throughput))
    }
  }

  static func cdroms(_ value: ValueReader) throws(Failure) -> [CDROMSpec] {
    try value.list(Rules.cdroms).map { (entry) throws(Failure) in
      let fields = try entry.fields(SpecKeys.CDROM.self)
      return CDROMSpec(
        name: try fields[.name]?.string(Rules.name), path: try fields[.path]?.string(Rules.path),
        bootable: try fields[.bootable]?.bool() ?? false)
    }
  }

  static func cloudInit(_ value: ValueReader) throws(Failure) -> CloudInitSpec {
    let fields = try value.fields(SpecKeys.CloudInit.self)
    func file(_ key: SpecKeys.CloudInit) throws(Failure) -> String? { try fields[key]?.file(Rules.seed) }
    return CloudInitSpec(
      userData: try file(.userData), metaData: try file(.metaData), networkConfig: try file(.networkConfig),
      vendorData: try file(.vendorData),
      sshKeys: try (fields[.sshKeys]?.list(Rules.sshKeys) ?? []).map { (entry) throws(Failure) in
        try entry.string(Rules.sshKey)
      }, hostname: try fields[.hostname]?.string(Rules.hostName))
  }

  // MARK: life

  static func restart(_ value: ValueReader) throws(Failure) -> RestartSpec {
    let fields = try value.fields(SpecKeys.Restart.self)
    return RestartSpec(
      policy: try fields[.policy]?.choice(RestartSpec.Policy.self) ?? .never,
      maxAttempts: try fields[.maxAttempts]?.integer(Rules.attempts),
      backoff: try fields[.backoff]?.seconds(Rules.backoff),
      maxBackoff: try fields[.maxBackoff]?.seconds(Rules.backoff),
      resetAfter: try fields[.resetAfter]?.seconds(Rules.resetAfter))
  }

  static func health(_ value: ValueReader) throws(Failure) -> HealthSpec {
    let fields = try value.fields(SpecKeys.Health.self)
    let check = try fields.required(.check, remedy: "write check: agent, tcp, http, exec or none")
      .choice(HealthSpec.Check.self)
    if check == .exec {
      _ = try fields.required(.command, remedy: "write a list such as [/usr/bin/test, -e, /run/ready]")
    }
    let defaults = HealthSpec()
    return HealthSpec(
      check: check, port: try fields[.port]?.integer(Rules.port), path: try fields[.path]?.string(Rules.httpPath),
      command: try (fields[.command]?.list(Rules.commandWords) ?? []).map { (entry) throws(Failure) in
        try entry.word(Rules.commandWord.broken)
      },
      interval: try fields[.interval]?.seconds(Rules.backoff) ?? defaults.interval,
      timeout: try fields[.timeout]?.seconds(Rules.healthTimeout) ?? defaults.timeout,
      threshold: try fields[.threshold]?.integer(Rules.threshold) ?? defaults.threshold,
      grace: try fields[.grace]?.seconds(Rules.grace) ?? defaults.grace)
  }

  static func limits(_ value: ValueReader) throws(Failure) -> LimitsSpec {
    let fields = try value.fields(SpecKeys.Limits.self)
    return LimitsSpec(
      cpu: try fields[.cpu]?.thousandths(Rules.cpu), cpuWeight: try fields[.cpuWeight]?.integer(Rules.weight),
      memoryOverhead: try fields[.memoryOverhead]?.size(Rules.memoryOverhead),
      ioWeight: try fields[.ioWeight]?.integer(Rules.weight), tasks: try fields[.tasks]?.integer(Rules.tasks))
  }
}
