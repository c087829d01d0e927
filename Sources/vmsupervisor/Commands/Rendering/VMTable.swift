extension VMListView {
  /// `status` without a name: the whole host, one line per VM.
  func table() -> Table {
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
    table.rows += broken.map { [$0.path, $0.id, "broken", "", "", "", "", $0.why.cause] }
    return table
  }

  /// One name a line.
  func names() -> String { vms.map { "\($0.name)\n" }.joined() }
}

extension VMView {
  /// Enough of the id to tell VMs apart on one host: the first group of a UUID.
  var shortID: String { String(id.prefix(8)) }

  /// What the host gives for it, of what the guest has: `61M/256M`; only the latter without a process.
  var memory: String {
    if memoryBytes == 0 { return "" }
    let given = Quantity.bytes(memoryBytes)
    return memoryResidentBytes == 0 ? given : "\(Quantity.bytes(memoryResidentBytes))/\(given)"
  }

  /// The reason of the state, or else what is weaker than it could be.
  /// A warning is cut to its first clause here; `status VM` has the whole of it.
  var remark: String {
    if let next = nextStart { return [next, why?.cause ?? ""].filter { !$0.isEmpty }.joined(separator: ": ") }
    if why == nil, health == "unhealthy" { return "unhealthy: \(healthFailure?.cause ?? "")" }
    return why?.cause ?? powerCut?.cause ?? warnings.map { String($0.prefix { $0 != ":" && $0 != ";" }) }.joined(separator: "; ")
  }
}
