package import Failure
import FoundationEssentials
import IPC
import Life
package import VMSpec

/// What the network lets a VM do: on disk first, then in netd.
extension VirtualMachine {
  /// Notes the ports of a start, and says their rules to netd.
  func setRules(_ ports: [SavedPort]) async throws(Failure) {
    try await alone { () throws(Failure) in
      var rules: [LeaseKey: NetworkRules] = [:]
      try await self.edit { record in
        let before = record.ports
        record.ports = ports.map { port in
          var port = port
          port.hasPolicy = before.first { $0.nic == port.nic }?.hasPolicy
          return port
        }
        rules = record.rules
        record.expect(rules)
      }
      try await self.say(rules)
    }
  }

  /// What a change of a network calls the keys of the document.
  static let networkFields = [
    "nics.allowedDomains": "allow_domains", "nics.allowedAddresses": "allow_addresses", "nics.forwards": "open",
    "nics.bandwidth.send": "send_bytes_per_second", "nics.bandwidth.receive": "receive_bytes_per_second",
  ]

  /// Changes the rules of one NIC: in the specification, and at once if the VM has its ports.
  /// - Throws: what is wrong with the change, or netd's refusal; then everything is as it was.
  package func changeNetwork(
    _ nic: Int, _ change: @Sendable (inout NICSpec, [SavedForward]) throws(Failure) -> Void
  ) async throws(Failure) {
    try await alone { () throws(Failure) in
      guard let index = self.record.nicIndex(nic) else { throw self.noNIC(nic, "change network") }
      guard !self.isRetired else { throw .noSuchVM(self.name, operation: "change network") }
      var spec = self.record.spec
      try change(&spec.nics[index], self.record.savedForwards(UInt8(nic)))
      spec = try spec.checked(
        "change network", fields: Self.networkFields)
      guard spec != self.record.spec else { return }
      let old = self.record.spec
      try await self.intend(spec, "network of NIC \(nic) changed")
      do throws(Failure) { try await self.realize(nic) } catch {
        try? await self.intend(old, "network of NIC \(nic) as before: \(error.cause)", for: .ending)
        try? await self.realize(nic)
        throw error
      }
      self.tell("network of NIC \(nic) changed")
    }
  }

  /// Writes down what is wanted from now on, and what netd may come to hold by that.
  private func intend(
    _ spec: VMSpec, _ remark: String, for purpose: RecordStore.Purpose = .beginning
  ) async throws(Failure) {
    let hasPorts = !handles.isEmpty
    try await edit(for: purpose) { record in
      record.spec = spec
      if hasPorts { record.expect(record.rules) }
      record.tell(HistoryEntry(time: Date(), what: remark + Author.current.phrase))
    }
  }

  /// Says the rules of a NIC whose VM has its ports. One that does not run needs them at its next start only, but its
  /// ports of the host are for others from now on.
  private func realize(_ nic: Int) async throws(Failure) {
    let rules = record.rules.filter { Int($0.key.nic) == nic }
    guard handles.isEmpty else { return try await say(rules) }
    let closing = rules.values.flatMap(\.closing)
    guard !closing.isEmpty, (try? await context.netd.close(closing, vm: record.identity)) != nil else { return }
    if let why = await keep({ $0.forwards?.removeAll { closing.contains($0) } }) { throw why }
  }

  package func say(_ all: [LeaseKey: NetworkRules]) async throws(Failure) {
    for (key, rules) in all where !rules.isEmpty {
      // First, so that the list is served as soon as netd leads the guest to it.
      try await context.netdns.tell(rules, of: key)
      let opened = try await context.netd.apply(rules, vm: key.vm, nic: key.nic)
      var settled = record
      settled.settle(key.nic, opened)
      guard settled != record else { continue }
      if let why = await keep({ $0.settle(key.nic, opened) }) { throw why }
    }
  }

  /// Runs what changes the specification of this VM, or what follows from it: one at a time.
  package func alone(
    _ body: () async throws(Failure) -> Void
  ) async throws(Failure) {
    await rulesGate.enter()
    let result: Result<Void, Failure>
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
    await rulesGate.leave()
    try result.get()
  }

  // MARK: a netd that was started again

  /// The rules are as they should be; forwards may have moved.
  func rulesAreSet(_ nic: UInt8) async {
    run?.warnings.clear("rules.\(nic)")
    do throws(Failure) {
      try await alone { () throws(Failure) in
        // Asked for here, since a change may have come after the news.
        guard let forwards = await self.context.netd.forwards(of: self.record.identity, nic: nic) else { return }
        await self.keepMoved(nic, forwards)
      }
    } catch {
      context.log.error("\(error)", metadata: metadata)
    }
  }

  private func keepMoved(_ nic: UInt8, _ forwards: [SavedForward]) async {
    var moved = record
    moved.settle(nic, forwards)
    guard moved.forwards != record.forwards else { return }
    await keep { record in
      record.settle(nic, forwards)
      record.tell(HistoryEntry(time: Date(), what: "forwards moved to other ports of the host"))
    }
  }

  /// The rules are weaker, or stricter, than they should be.
  func rulesWereRefused(_ nic: UInt8, _ why: Failure) {
    context.log.error("\(why)", metadata: metadata)
    run?.warnings.set(
      Warning(
        id: "rules.\(nic)", part: .network,
        cause: "netd did not take back the network rules of NIC \(nic): \(why.cause)", remedy: why.remedy))
    announce()
  }
}

extension Record {
  package func savedForwards(_ nic: UInt8) -> [SavedForward] { (forwards ?? []).filter { $0.nic == nic } }

  /// What netd has to be told about each port so that it is as the specification wants it.
  package var rules: [LeaseKey: NetworkRules] {
    var rules: [LeaseKey: NetworkRules] = [:]
    for port in ports {
      guard let index = nicIndex(Int(port.nic)) else { continue }
      rules[LeaseKey(vm: identity, nic: port.nic)] = NetworkRules(
        spec.nics[index], vm: identity, nic: port.nic, said: port.hasPolicy ?? false,
        saved: savedForwards(port.nic))
    }
    return rules
  }

  /// Notes what netd may hold as soon as `rules` are being said.
  mutating func expect(_ rules: [LeaseKey: NetworkRules]) {
    for index in ports.indices {
      guard let rule = rules[LeaseKey(vm: identity, nic: ports[index].nic)] else { continue }
      if rule.policy != nil { ports[index].hasPolicy = true }
      replaceForwards(ports[index].nic, rule.possible)
    }
  }

  /// Notes what netd holds after the rules of a port were said.
  package mutating func settle(_ nic: UInt8, _ opened: [SavedForward]) {
    if let place = nicIndex(Int(nic)), let index = ports.firstIndex(where: { $0.nic == nic }) {
      ports[index].hasPolicy = spec.nics[place].hasPolicy ? true : nil
    }
    replaceForwards(nic, opened)
  }

  private mutating func replaceForwards(_ nic: UInt8, _ new: [SavedForward]) {
    let all = (forwards ?? []).filter { $0.nic != nic } + new
    forwards =
      all.isEmpty
      ? nil
      : all.sorted {
        ($0.nic, $0.protocol.rawValue, $0.guest, $0.host) < ($1.nic, $1.protocol.rawValue, $1.guest, $1.host)
      }
  }
}
