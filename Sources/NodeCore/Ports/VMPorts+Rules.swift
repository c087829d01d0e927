import Failure
import FoundationEssentials
import Glibc
import IPC
import Life
import VMSpec

/// What the network lets a VM do.
extension VMPorts {
  /// Notes the ports of a start, and says their rules to netd.
  nonisolated(nonsending) func setRules(_ ports: [SavedPort]) async throws(Failure) {
    try await changes.alone { () throws(Failure) in
      var rules: [LeaseKey: NetworkRules] = [:]
      try await keeper.edit { record in
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
  nonisolated(nonsending) func changeNetwork(
    _ nic: Int, _ change: @Sendable (inout NICSpec, [SavedForward]) throws(Failure) -> Void
  ) async throws(Failure) {
    try await changes.alone { () throws(Failure) in
      guard let index = self.record.nicIndex(nic) else { throw self.record.noNIC(nic, "change network") }
      guard !state.isRetired else { throw .noSuchVM(self.state.name, operation: "change network") }
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
      reporter.tell("network of NIC \(nic) changed")
    }
  }

  /// Writes down what is wanted from now on, and what netd may come to hold by that.
  nonisolated(nonsending) private func intend(
    _ spec: VMSpec, _ remark: String, for purpose: RecordStore.Purpose = .beginning
  ) async throws(Failure) {
    let hasPorts = !handles.isEmpty
    try await keeper.edit(for: purpose) { record in
      record.spec = spec
      if hasPorts { record.expect(record.rules) }
      record.tell(HistoryEntry(time: Date(), what: remark + Author.current.phrase))
    }
  }

  /// Says the rules of a NIC whose VM has its ports. One that does not run needs them at its next start only, but its
  /// ports of the host are for others from now on.
  nonisolated(nonsending) private func realize(_ nic: Int) async throws(Failure) {
    let rules = record.rules.filter { Int($0.key.nic) == nic }
    guard handles.isEmpty else { return try await say(rules) }
    let closing = rules.values.flatMap(\.closing)
    guard !closing.isEmpty, (try? await netd.close(closing, vm: record.identity)) != nil else { return }
    if let why = await keeper.keep({ $0.forwards?.removeAll { closing.contains($0) } }) { throw why }
  }

  nonisolated(nonsending) func say(_ all: [LeaseKey: NetworkRules]) async throws(Failure) {
    for (key, rules) in all where !rules.isEmpty {
      // First, so that the list is served as soon as netd leads the guest to it.
      try await netdns.tell(rules, of: key)
      let opened = try await netd.apply(rules, vm: key.vm, nic: key.nic)
      var settled = record
      settled.settle(key.nic, opened)
      guard settled != record else { continue }
      if let why = await keeper.keep({ $0.settle(key.nic, opened) }) { throw why }
    }
  }

  // MARK: a netd that was started again

  /// The rules are as they should be; forwards may have moved. Nobody waits for the gate, which may be held for long, with the
  /// news of other VMs.
  func rulesAreSet(_ nic: UInt8, isolation: isolated (any Actor)? = #isolation) {
    run?.warnings.clear("rules.\(nic)")
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.learnForwards(nic) } }
  }

  nonisolated(nonsending) private func learnForwards(_ nic: UInt8) async {
    do throws(Failure) {
      try await changes.alone { () throws(Failure) in
        // Asked for here, since a change may have come after the news.
        guard let forwards = await netd.forwards(of: self.record.identity, nic: nic) else { return }
        await self.keepMoved(nic, forwards)
      }
    } catch {
      reporter.log(.error, "\(error)")
    }
  }

  nonisolated(nonsending) private func keepMoved(_ nic: UInt8, _ forwards: [SavedForward]) async {
    var moved = record
    moved.settle(nic, forwards)
    guard moved.forwards != record.forwards else { return }
    await keeper.keep { record in
      record.settle(nic, forwards)
      record.tell(HistoryEntry(time: Date(), what: "forwards moved to other ports of the host"))
    }
  }

  /// The rules are weaker, or stricter, than they should be.
  func rulesWereRefused(_ nic: UInt8, _ why: Failure) {
    reporter.log(.error, "\(why)")
    run?.warnings.set(
      Warning(
        id: "rules.\(nic)", part: .network,
        cause: "netd did not take back the network rules of NIC \(nic): \(why.cause)", remedy: why.remedy))
    reporter.announce()
  }

  // MARK: what is seen of them

  /// Takes what is wrong with the ports of a run; nothing if all is well.
  /// - Parameter family: of the warnings.
  func heard(_ warnings: [Warning], family: String, generation: UInt64) {
    guard let run, state.life.generation == generation,
      let new = run.warnings.replace(family: family, with: warnings)
    else { return }
    for warning in new {
      reporter.log(.warning, "network: \(warning.sentence)")
      reporter.note(.netd, "network: \(warning.sentence)")
    }
    if warnings.isEmpty {
      reporter.log(.notice, "its ports are as they should be again")
      reporter.note(.netd, "its ports are as they should be again")
    }
    reporter.announce()
  }

  /// Lets the hypervisor close a TAP that is no more: it would ask the dead descriptor again and again, with all of a
  /// processor. The guest keeps its card, without a cable, until that is plugged out or the VM is started again.
  nonisolated(nonsending) func dropDeadTap(_ tap: String, of nic: Int) async {
    do throws(Failure) {
      try await changes.alone { () throws(Failure) in
        // Made again meanwhile, the card may be at it already.
        guard let machine = self.run?.machine, if_nametoindex(tap) == 0 else { return }
        try await machine.clear(.nic(nic))
      }
    } catch {
      reporter.log(.warning, "\(error)")
    }
  }
}
