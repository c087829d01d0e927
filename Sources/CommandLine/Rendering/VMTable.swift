import Text

extension VMListView {
  /// `status` without a name: the whole host, one line per VM, and below it what is wrong with the host and what all of them lack.
  /// - Parameters:
  ///   - width: columns of the terminal; nil if nobody looks.
  ///   - colour: whether states and troubles may be coloured.
  func text(headings: Bool, width: Int? = nil, colour: Bool = false) -> String {
    let table = table(colour: colour).text(headings: headings, width: width)
    guard headings else { return table }
    let remarks = hostTroubles + [hostWeaknesses].compactMap(\.self)
    return table + remarks.map { "\n\(HarmlessText.line($0))\n" }.joined()
  }

  private func table(colour: Bool) -> Table {
    var table = Table(headings: ["NAME", "ID", "STATE", "UP", "CPU", "MEM", "IP", "WHY"])
    table.rows = vms.map { vm in
      let runs = vm.pid != 0
      return [
        vm.name, vm.shortID, vm.state,
        runs ? Quantity.duration(vm.uptimeSeconds) : "",
        runs ? Quantity.processorTime(vm.cpuSeconds) : "",
        vm.memory,
        vm.addresses.first ?? "",
        vm.remark,
      ]
    }
    table.rows += quarantined.map { [$0.path, $0.id, "quarantined", "", "", "", "", $0.why.sentence()] }
    if colour {
      table.tint = { column, cell in
        switch column {
        case 2: VMView.tint(ofState: cell)
        case 7: cell == "-" ? nil : "33"
        default: nil
        }
      }
    }
    return table
  }

  /// What is wrong with the host itself, with what helps.
  private var hostTroubles: [String] {
    (troubles ?? []).map { "This host: \($0.sentence())" + ($0.remedy.isEmpty ? "" : "; \($0.remedy)") }
  }

  /// What the host cannot do for its VMs, each said once; nil if there is nothing.
  private var hostWeaknesses: String? {
    var counts: [(what: String, vms: Int)] = []
    for weakness in vms.flatMap({ Set($0.weaknesses.map { Clause.first($0.cause) }) }).sorted() {
      if counts.last?.what == weakness { counts[counts.count - 1].vms += 1 } else { counts.append((weakness, 1)) }
    }
    guard !counts.isEmpty else { return nil }
    let words = counts.map { "\($0.what) (\($0.vms) VM\($0.vms == 1 ? "" : "s"))" }.joined(separator: "; ")
    return "Weaker than on a better equipped host: \(words). What helps: vmsupervisor doctor"
  }

  /// One name a line.
  func names() -> String { vms.map { "\($0.name)\n" }.joined() }
}

extension VMView {
  /// Enough of the id to tell VMs apart on one host: the first group of a UUID.
  var shortID: String { String(id.prefix(8)) }

  /// What the host gives for it, of what the guest has: `61M of 256M`; only the latter without a process.
  var memory: String {
    if memoryBytes == 0 { return "" }
    let given = Quantity.bytes(memoryBytes)
    return memoryResidentBytes == 0 ? given : "\(Quantity.bytes(memoryResidentBytes)) of \(given)"
  }

  /// The reason of the state, or else the trouble that it has. A trouble is here without its remedy; `status VM` has
  /// the whole of it. What the host cannot do is no trouble of this VM.
  var remark: String {
    if let next = nextStart {
      return [next, why?.sentence() ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
    }
    if why == nil, health == "unhealthy" { return "unhealthy: \(healthFailure?.cause ?? "")" }
    let now = troubles.map { "\($0.part): \($0.cause)" }.joined(separator: "; ")
    return why?.sentence() ?? (now.isEmpty ? powerCut?.sentence() ?? "" : now)
  }

  /// Warnings of what has happened to it, without what its host cannot do.
  var troubles: [WarningView] { warnings.filter { !$0.lasting } }

  /// What its host cannot do for it.
  var weaknesses: [WarningView] { warnings.filter(\.lasting) }

  /// What it lacks on this host, in a few words and with the way to more; nil if nothing.
  var weakness: String? {
    weaknesses.isEmpty
      ? nil
      : weaknesses.map { Clause.first($0.cause) }.joined(separator: "; ")
        + " (what helps: vmsupervisor explain \(name))"
  }

  /// The colour of a state (SGR parameters).
  static func tint(ofState state: String) -> String {
    switch state {
    case "running": "32"
    case "failed", "quarantined": "31"
    case "stopped": "2"
    default: "33"
    }
  }
}
