import Text

/// `status VM`: everything about one VM, in the manner of `systemctl status`.
struct VMHistory: Sendable {
  /// The VM.
  let vm: VMView
  /// Whether the dot and the state may be coloured.
  var colour = false
  /// Where the labels end.
  private static let indent = 12

  /// The text. Everything that can come from a guest or a file is made harmless.
  func text() -> String {
    var lines = [heading]
    for (label, value) in facts where !value.isEmpty { lines.append(Self.line(label, value)) }
    lines += reason
    lines += happenings
    lines += console
    return lines.map { $0 + "\n" }.joined()
  }

  private var heading: String {
    let state = HarmlessText.line(vm.state)
    var text = "\(paint("●")) \(HarmlessText.line(vm.name)) (\(HarmlessText.line(vm.id))): \(paint(state))"
    if let since { text += " since \(since)" }
    if vm.pid != 0 { text += "; \(Quantity.duration(vm.uptimeSeconds)) up" }
    return text
  }

  /// When the VM came into its state.
  private var since: String? {
    (vm.history.last { $0.to == vm.state && $0.from != $0.to }?.time ?? vm.startedAt).map(Self.readable)
  }

  private var facts: [(String, String)] {
    let runs = vm.pid != 0
    let processor = vm.vcpus == 0 ? "" : "\(vm.vcpus) vCPU" + (vm.vcpus == 1 ? "" : "s")
    let used = runs ? ", \(Quantity.processorTime(vm.cpuSeconds)) used" : ""
    var facts: [(String, String)] = [
      ("Pid", runs ? [String(vm.pid), vm.accelerator].filter { !$0.isEmpty }.joined(separator: ", ") : ""),
      ("CPU", processor.isEmpty ? "" : processor + used),
      ("Memory", memory),
      ("Balloon", balloon),
      ("Limits", vm.limits?.words() ?? ""),
    ]
    facts += vm.groupUsage?.facts ?? []
    facts += [
      ("Confined", vm.confinement.joined(separator: ", ")),
      ("Agent", runs ? (vm.agentConnected ? "connected" : "not connected") : ""),
      ("Guest", vm.guest?.words ?? ""),
      (
        "Reset",
        vm.guestResets == 0
          ? "" : "\(vm.guestResets) time\(vm.guestResets == 1 ? "" : "s") by the guest itself since it was started"
      ),
      ("Address", vm.addresses.joined(separator: ", ")),
    ]
    facts += vm.ports.flatMap(\.facts)
    facts += vm.disks.enumerated().map { ("Disk \($0.offset)", $0.element) }
    facts += [
      ("Labels", vm.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")),
      ("Health", vm.healthWords),
      ("Restart", vm.restartWords),
      ("Under way", vm.request),
      ("Created", vm.createdAt.map(Self.readable) ?? ""),
    ]
    return facts + [("Weaker", vm.weakness ?? "")] + vm.troubles.map { ("Warning", $0.sentence) }
  }

  private var memory: String {
    if vm.memoryBytes == 0 { return "" }
    let given = Quantity.bytes(vm.memoryBytes)
    return vm.memoryResidentBytes == 0 ? given : "\(Quantity.bytes(vm.memoryResidentBytes)) used of \(given)"
  }

  /// Nothing while the guest has all that it was given and nobody wants it otherwise.
  private var balloon: String {
    guard let balloon = vm.balloon, balloon.bytes != vm.memoryBytes || balloon.targetBytes != 0 else { return "" }
    return balloon.words
  }

  private var reason: [String] {
    // One that still runs was reset, or nothing was done to it.
    words("Why", vm.why) + words(vm.pid == 0 ? "Power cut" : "Did not obey", vm.powerCut)
  }

  private func words(_ label: String, _ failure: FailureView?) -> [String] {
    guard let failure else { return [] }
    return [Self.line(label, failure.sentence())]
      + (failure.remedy.isEmpty ? [] : [Self.line("Remedy", failure.remedy)])
  }

  private var happenings: [String] {
    guard !vm.history.isEmpty else { return [] }
    return [""]
      + vm.history.map { entry in
        let change = entry.from.isEmpty && entry.to.isEmpty ? "" : "\(entry.from) → \(entry.to)"
        let parts = [entry.time.map(Self.readable) ?? "", change, entry.what, entry.detail]
        return "  " + parts.filter { !$0.isEmpty }.map(HarmlessText.line).joined(separator: "  ")
      }
  }

  private var console: [String] {
    guard !vm.logTail.isEmpty else { return [] }
    return [""] + vm.logTail.map { "  | " + HarmlessText.line($0) }
  }

  private static func line(_ label: String, _ value: String) -> String {
    String(repeating: " ", count: max(0, indent - label.count)) + "\(label): \(HarmlessText.line(value))"
  }

  /// `2026-11-21T03:04:02.123Z` as `2026-11-21 03:04:02 UTC`.
  private static func readable(_ time: String) -> String {
    let halves = time.split(separator: "T")
    guard halves.count == 2 else { return time }
    return "\(halves[0]) \(halves[1].prefix(8)) UTC"
  }

  private func paint(_ text: String) -> String {
    colour ? "\u{1b}[\(VMView.tint(ofState: vm.state))m\(text)\u{1b}[0m" : text
  }
}
