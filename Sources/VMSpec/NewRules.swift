import Failure

extension SpecRules {
  /// Rules for a VM that is to be made. One that was made before they were goes on as it is.
  static func new(_ spec: VMSpec, _ fields: FieldReader<SpecKeys.Root>) throws(Failure) {
    let addresses = DeviceAddresses(spec).disks
    let entries = try fields[.disks]?.list(limit: SpecLimits.disks) ?? []
    for (index, entry) in entries.enumerated() {
      if let (cause, remedy) = DiskSerial.trouble(index, of: spec.disks, at: addresses) {
        throw (try entry.fields(SpecKeys.Disk.self)[.name] ?? entry).refusal(cause, remedy: remedy)
      }
    }
    if case .kernel(let boot) = spec.boot, let place = try fields[.boot]?.fields(SpecKeys.Boot.self)[.cmdline] {
      let line = KernelLine(boot, spec)
      if let trouble = line.trouble(given: boot.cmdline ?? "") {
        throw place.refusal(trouble.cause, remedy: trouble.remedy)
      }
    }
  }
}
