extension VMSpec: Codable {
  /// Reads the document form, and that of records of earlier releases, which had fewer keys.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.Root.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      labels: try values.decodeIfPresent([String: String].self, forKey: .labels) ?? [:],
      vcpus: try values.decode(Int.self, forKey: .vcpus),
      memory: try values.decode(UInt64.self, forKey: .memory),
      memoryHugepages: try values.decodeIfPresent(Bool.self, forKey: .memoryHugepages) ?? false,
      machine: try values.decode(MachineType.self, forKey: .machine),
      accel: try values.decode(AcceleratorRequest.self, forKey: .accel),
      boot: try values.decode(Boot.self, forKey: .boot),
      bootOrder: try values.decodeIfPresent([BootDevice].self, forKey: .bootOrder) ?? [],
      guestOs: try values.decodeIfPresent(GuestOS.self, forKey: .guestOs),
      disks: try values.decodeIfPresent([DiskSpec].self, forKey: .disks) ?? [],
      nics: try values.decodeIfPresent([NICSpec].self, forKey: .nics) ?? [],
      console: try values.decode(Bool.self, forKey: .console),
      agent: try values.decode(Bool.self, forKey: .agent),
      restart: try values.decodeIfPresent(RestartSpec.self, forKey: .restart) ?? RestartSpec(),
      health: try values.decodeIfPresent(HealthSpec.self, forKey: .health) ?? HealthSpec(),
      limits: try values.decodeIfPresent(LimitsSpec.self, forKey: .limits) ?? LimitsSpec(),
      cdroms: try values.decodeIfPresent([CDROMSpec].self, forKey: .cdroms) ?? [],
      display: try values.decodeIfPresent(Display.self, forKey: .display) ?? .none,
      vncPort: try values.decodeIfPresent(Int.self, forKey: .vncPort),
      cloudInit: try values.decodeIfPresent(CloudInitSpec.self, forKey: .cloudInit),
      strict: try values.decodeIfPresent(Bool.self, forKey: .strict) ?? false)
  }

  /// Writes the document form.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.Root.self)
    try values.encode(name, forKey: .name)
    try values.encode(labels, forKey: .labels)
    try values.encode(vcpus, forKey: .vcpus)
    try values.encode(memory, forKey: .memory)
    if memoryHugepages { try values.encode(memoryHugepages, forKey: .memoryHugepages) }
    try values.encode(machine, forKey: .machine)
    try values.encode(accel, forKey: .accel)
    try values.encode(boot, forKey: .boot)
    if !bootOrder.isEmpty { try values.encode(bootOrder, forKey: .bootOrder) }
    try values.encodeIfPresent(guestOs, forKey: .guestOs)
    try values.encode(disks, forKey: .disks)
    try values.encode(nics, forKey: .nics)
    try values.encode(console, forKey: .console)
    try values.encode(agent, forKey: .agent)
    try values.encode(restart, forKey: .restart)
    if health != HealthSpec() { try values.encode(health, forKey: .health) }
    if limits != LimitsSpec() { try values.encode(limits, forKey: .limits) }
    if !cdroms.isEmpty { try values.encode(cdroms, forKey: .cdroms) }
    if display != .none { try values.encode(display, forKey: .display) }
    try values.encodeIfPresent(vncPort, forKey: .vncPort)
    try values.encodeIfPresent(cloudInit, forKey: .cloudInit)
    if strict { try values.encode(strict, forKey: .strict) }
  }
}
