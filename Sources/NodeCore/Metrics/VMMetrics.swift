import Life

/// A family of metrics that every VM has samples of.
struct VMFamily: Sendable {
  let name: String
  let kind: MetricText.Kind
  let help: String
  /// Adds the samples of one VM.
  let write: @Sendable (VMSample, Moment, inout VMLines) -> Void

  /// One sample at most.
  static func one(
    _ name: String, _ kind: MetricText.Kind, _ help: String, _ value: @escaping @Sendable (VMSample) -> MetricValue?
  ) -> VMFamily {
    VMFamily(name: "procurator_vm_" + name, kind: kind, help: help) { sample, _, lines in
      if let value = value(sample) { lines.add(value) }
    }
  }

  /// One for each network card.
  static func card(
    _ name: String, _ help: String, _ value: @escaping @Sendable (CardCounters) -> UInt64
  ) -> VMFamily {
    VMFamily(name: "procurator_vm_network_" + name, kind: .counter, help: help) { sample, _, lines in
      for card in sample.readings.cards?.cards ?? [] {
        lines.add("interface", card.name, .whole(value(card.counters)))
      }
    }
  }

  /// One for each drive.
  static func drive(
    _ name: String, _ help: String, _ value: @escaping @Sendable (DriveCounters) -> UInt64
  ) -> VMFamily {
    VMFamily(name: "procurator_vm_storage_" + name, kind: .counter, help: help) { sample, _, lines in
      for drive in sample.readings.drives?.drives ?? [] { lines.add("drive", drive.name, .whole(value(drive))) }
    }
  }
}

/// Where the samples of one family and one VM go.
struct VMLines {
  var text: MetricText
  /// Name of the family, and an opening brace.
  var head: [UInt8] = []
  /// The VM's label.
  var label: [UInt8] = []

  mutating func add(_ value: MetricValue) { text.sample(head: head, label: label, value) }

  mutating func add(_ name: StaticString, _ word: String, _ value: MetricValue) {
    text.sample(head: head, label: label, more: (name, word), value)
  }
}

extension MetricText {
  /// Everything about VMs. Those that do not run have their state and what is true without a process.
  mutating func vms(_ samples: [VMSample], at moment: Moment) {
    let labels = samples.map { Array("name=\"\(Self.escape($0.summary.name))\"".utf8) }
    info(samples)
    states(samples)
    var lines = VMLines(text: self)
    for family in VMFamily.all {
      lines.text.family(family.name, family.kind, family.help)
      lines.head = Array((family.name + "{").utf8)
      for index in samples.indices {
        lines.label = labels[index]
        family.write(samples[index], moment, &lines)
      }
    }
    self = lines.text
  }

  private mutating func info(_ samples: [VMSample]) {
    let name = "procurator_vm_info"
    family(name, .info, "What a VM is; always 1.")
    for sample in samples {
      let summary = sample.summary
      self.sample(
        name,
        [
          ("name", summary.name), ("vm_id", summary.id), ("machine", summary.machine),
          ("accelerator", summary.run?.accelerator ?? ""),
        ], 1)
    }
  }

  /// One sample a VM: a state that it is not in is not there.
  private mutating func states(_ samples: [VMSample]) {
    let name = "procurator_vm_state"
    family(name, .gauge, "The state that a VM is in; always 1.")
    for sample in samples {
      self.sample(name, [("name", sample.summary.name), ("state", sample.summary.state.rawValue)], 1)
    }
    let count = "procurator_vms"
    family(count, .gauge, "VMs in each state.")
    for state in State.allCases {
      self.sample(count, [("state", state.rawValue)], samples.count { $0.summary.state == state })
    }
  }
}
