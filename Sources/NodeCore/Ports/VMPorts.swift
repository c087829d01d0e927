package import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import IPC
import Life
import Linux
import Text
import VMSpec

/// The ports of a VM: what netd has given to it, and what the network lets it do. On disk first, then in netd. Belongs to
/// the VM's actor.
final class VMPorts {
  let keeper: RecordKeeper
  let state: VMState
  let reporter: VMReporter
  let changes: ChangeGate
  let netd: NetdLink
  let netdns: NetdnsLink
  private let names: NameRegistry
  /// The file that names the process, and its ports.
  private let incarnation: String
  /// Those that netd handed out for the present run.
  private(set) var handles: [UInt64] = []
  /// Those of the last run being given back. A new start waits for it: it gets the same ports and handles again.
  private var givingBack: Task<Void, Never>?

  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ changes: ChangeGate, _ netd: NetdLink,
    _ netdns: NetdnsLink, _ names: NameRegistry, incarnation: String
  ) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
    self.changes = changes
    self.netd = netd
    self.netdns = netdns
    self.names = names
    self.incarnation = incarnation
  }

  var record: Record { keeper.record }
  var run: VMRun? { state.run }

  /// After a card has come or gone, or could not: its name in DNS goes with the first of them.
  /// What ends later than the VM is deleted must not take the name again.
  func settleName() { if !state.isRetired { names.settle(record) } }

  /// Says what the VM is called in the network of its first card; a netdns that is away hears it later.
  nonisolated(nonsending) private func tellName(_ network: String) async throws(Failure) {
    try await netdns.tell(ToldName(vm: record.identity, network: network, name: names.label(of: record.id)))
  }

  // MARK: of a whole run

  /// Gets a port for every NIC and sets its rules; slots and rules are in the record before anything uses them.
  nonisolated(nonsending) func attachAll() async throws(Failure) -> [NetdLink.Port] {
    await givingBack?.value
    var ports: [NetdLink.Port] = []
    let numbers = record.devices.nics.map(\.number)
    settleName()
    for (number, nic) in zip(numbers, record.spec.nics) {
      if number == 0 { try await tellName(nic.network) }
      let port = try await attach(number, nic)
      handles.append(port.reply.handle)
      ports.append(port)
    }
    try await setRules(zip(numbers, ports).map { SavedPort(nic: UInt8(clamping: $0), $1.reply) })
    return ports
  }

  nonisolated(nonsending) private func attach(_ number: Int, _ nic: NICSpec) async throws(Failure) -> NetdLink.Port {
    try await netd.attach(
      vm: record.identity, nic: number, network: nic.network, address: try nic.fixedAddress(),
      mac: nic.mac.flatMap { MAC.parse($0) } ?? 0)
  }

  /// Takes over those of a run that goes on.
  func adopt(_ handles: [UInt64]) { self.handles = handles }

  /// Gives back those of the run that is over.
  /// - Parameter first: what has to be gone before.
  func giveBack(after first: @escaping @Sendable () async -> Void) {
    let ports = handles
    handles = []
    let (netd, netdns, identity, log) = (netd, netdns, record.identity, reporter.log)
    givingBack = Task {
      await first()
      await netd.rest(vm: identity)
      await netdns.rest(vm: identity)
      for handle in ports {
        // netd frees the port by itself when the TAP is closed; this only makes it sooner.
        do throws(Failure) { try await netd.detach(handle: handle) } catch { log(.notice, "\(error)") }
      }
    }
  }

  // MARK: of one card

  /// Gets the port from netd, writes it down, and sets its rules before a guest has it.
  nonisolated(nonsending) func take(_ number: Int, _ nic: NICSpec) async throws(Failure) -> NetdLink.Port {
    if number == 0 { try await tellName(nic.network) }
    let port = try await attach(number, nic)
    if !handles.contains(port.reply.handle) { handles.append(port.reply.handle) }
    run?.incarnation.handles = handles
    if let run { try RecordStore.write(run.incarnation, to: incarnation) }
    var rules: [LeaseKey: NetworkRules] = [:]
    do throws(Failure) {
      try await keeper.edit { record in
        var saved = SavedPort(nic: UInt8(clamping: number), port.reply)
        saved.hasPolicy = record.ports.first { $0.nic == saved.nic }?.hasPolicy
        record.ports.removeAll { $0.nic == saved.nic }
        record.ports.append(saved)
        record.ports.sort { $0.nic < $1.nic }
        rules = record.rules.filter { $0.key.nic == saved.nic }
        record.expect(rules)
      }
    } catch {
      // Nobody would know of it; netd does not give up what somebody still has open.
      _ = port.tap.take()
      try? await netd.release(vm: record.identity, nic: UInt8(clamping: number), network: nic.network)
      throw error
    }
    try await say(rules)
    return port
  }

  /// Gives up the slot of a card that is gone. A netd that is away forgets it by itself: nobody tells it to keep it.
  nonisolated(nonsending) func release(_ number: Int) async {
    let nic = UInt8(clamping: number)
    guard record.ports.contains(where: { $0.nic == nic }) else { return }
    let port = record.ports.first { $0.nic == nic }
    let trouble = await keeper.keep { record in
      record.ports.removeAll { $0.nic == nic }
      record.forwards?.removeAll { $0.nic == nic }
      if record.forwards?.isEmpty == true { record.forwards = nil }
    }
    guard trouble == nil, let port else { return }
    do throws(Failure) {
      try await netd.release(vm: record.identity, nic: nic, network: port.network)
    } catch {
      reporter.log(.warning, "\(error)", by: .current)
    }
  }
}

extension NICSpec {
  /// The address that is asked for, in host byte order; 0 for any.
  func fixedAddress() throws(Failure) -> UInt32 {
    guard let address else { return 0 }
    guard let number = IPv4.parse(address) else {
      throw Failure(.invalid, operation: "attach port", object: address, cause: "it is no IPv4 address")
    }
    return number
  }
}

extension Record {
  /// That there is no card of that number.
  package func noNIC(_ number: Int, _ operation: String) -> Failure {
    let numbers = devices.nics.map { "\($0.number)" }
    return Failure(
      .notFound, operation: operation, object: "\(spec.name): NIC \(number)",
      cause: numbers.isEmpty
        ? "the VM has no network cards" : "its network cards are \(numbers.joined(separator: ", "))")
  }
}
