extension VMSpec {
  /// Checks every rule of a specification, however it was made.
  /// - Parameter isNew: whether it is for a VM that is to be made, which has to keep rules that older ones need not.
  package func validate(isNew: Bool = false) throws(SpecProblem) {
    let root = SpecPlace()
    func at(_ key: SpecKeys.Root) -> SpecPlace { root.key(key) }
    try at(.name).hold(Rules.name(name))
    try validateLabels(at(.labels))
    try at(.vcpus).hold(Rules.vcpus.broken(vcpus))
    try at(.memory).hold(Rules.memory.broken(memory))
    try boot.validate(at(.boot))
    try DiskSpec.validate(disks, at(.disks))
    try NICSpec.validate(nics, at(.nics))
    try restart.validate(at(.restart))
    try health.validate(at(.health))
    try limits.validate(at(.limits))
    try CDROMSpec.validate(cdroms, at(.cdroms))
    try cloudInit?.validate(at(.cloudInit))
    try at(.vncPort).hold(vncPort, Rules.vncPort.broken)
    try validateWhole(at)
    try validateBootOrder(at)
    if isNew { try validateNew(at) }
  }

  private func validateLabels(_ place: SpecPlace) throws(SpecProblem) {
    if labels.count > SpecLimits.labels {
      try place.refuse("has \(labels.count) labels, \(SpecLimits.labels) is the most", remedy: "remove some")
    }
    for (key, text) in labels.sorted(by: { $0.key < $1.key }) {
      if key.isEmpty || key.utf8.count > SpecLimits.labelKey {
        try place.key(named: key).refuse(
          "the label's key must have 1 to \(SpecLimits.labelKey) bytes", remedy: "shorten the key")
      }
      if key.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
        try place.refuse("the key of a label contains a control character", remedy: "remove it")
      }
      try place.key(named: key).hold(Rules.labelValue.broken(text))
    }
  }

  /// Rules over several parts.
  private func validateWhole(_ at: (SpecKeys.Root) -> SpecPlace) throws(SpecProblem) {
    let isMicro = machine == .microvm
    if case .firmware = boot {
      if isMicro {
        try at(.machine).refuse(
          "a microvm boots a kernel directly, it has no firmware that reads disks",
          remedy: "add boot.kernel, or use machine: q35")
      }
      if disks.isEmpty, cdroms.allSatisfy({ $0.path == nil }), !bootsFromNetwork {
        try at(.boot).refuse(
          "there is nothing to boot: neither boot.kernel nor a disk",
          remedy: "add a disk with a boot loader to disks, an image to cdroms, bootOrder: [network], or boot.kernel")
      }
    }
    for (key, isThere) in [(SpecKeys.Root.cdroms, !cdroms.isEmpty), (.display, display != .none)]
    where isMicro && isThere {
      try at(key).refuse("a microvm has no bus for it", remedy: "use machine: q35, or remove \(key.rawValue)")
    }
    if isMicro { try validateSmall(at) }
    if vncPort != nil, display != .vnc {
      try at(.vncPort).refuse("there is no screen to be shown there", remedy: "add display: vnc, or remove vncPort")
    }
    if [.agent, .exec].contains(health.check), !agent {
      try at(.health).refuse(
        "the check `\(health.check.rawValue)` asks the guest agent, which has no port",
        remedy: "remove agent: false, or use another check")
    }
    if [.tcp, .http].contains(health.check), nics.isEmpty {
      try at(.health).refuse(
        "the check `\(health.check.rawValue)` needs a network card", remedy: "add one to nics, or use another check")
    }
    if isMicro, disks.count + nics.count > SpecLimits.microvmDevices {
      try at(.machine).refuse(
        "a microvm has room for \(SpecLimits.microvmDevices) disks and network cards together",
        remedy: "use machine: q35, or fewer of them")
    }
  }

  /// A microvm has places for devices of virtio, and no others.
  private func validateSmall(_ at: (SpecKeys.Root) -> SpecPlace) throws(SpecProblem) {
    for (index, disk) in disks.enumerated() where disk.bus != .virtio {
      try at(.disks).index(index).key(SpecKeys.Disk.bus).refuse(
        "a microvm has no \(disk.bus.rawValue)", remedy: "remove bus, or use machine: q35")
    }
    for (index, nic) in nics.enumerated() where nic.model != .virtio {
      try at(.nics).index(index).key(SpecKeys.NIC.model).refuse(
        "a microvm has no place for a card of PCI", remedy: "remove model, or use machine: q35")
    }
  }

  /// Rules for a VM that is to be made. One that was made before they were goes on as it is.
  private func validateNew(_ at: (SpecKeys.Root) -> SpecPlace) throws(SpecProblem) {
    let addresses = DeviceAddresses(self).disks
    for (index, disk) in disks.enumerated() {
      let place = at(.disks).index(index)
      if let (cause, remedy) = DiskSerial.trouble(index, of: disks, at: addresses) {
        try (disk.name == nil ? place : place.key(SpecKeys.Disk.name)).refuse(cause, remedy: remedy)
      }
    }
    if case .kernel(let kernel) = boot, let cmdline = kernel.cmdline,
      let trouble = KernelLine(kernel, self).trouble(given: cmdline)
    {
      try at(.boot).key(SpecKeys.Boot.cmdline).refuse(trouble.cause, remedy: trouble.remedy)
    }
  }
}

extension Boot {
  fileprivate func validate(_ place: SpecPlace) throws(SpecProblem) {
    guard case .kernel(let boot) = self else { return }
    try place.key(SpecKeys.Boot.kernel).hold(Rules.path(boot.kernel))
    try place.key(SpecKeys.Boot.initrd).hold(boot.initrd, Rules.path)
    try place.key(SpecKeys.Boot.cmdline).hold(boot.cmdline, Rules.cmdline.broken)
  }
}
