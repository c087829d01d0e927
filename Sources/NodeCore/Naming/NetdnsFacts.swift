import IPC
import IPCNames

/// What netdns is to know of this host's VMs, all of which has to be said on each new connection. A value: no I/O.
struct NetdnsFacts: Hashable, Sendable {
  /// A domain list of a running VM's port.
  struct ToldList: Hashable, Sendable {
    var number: UInt32
    var domains: [String]
  }

  private(set) var names: [VMIdentity: ToldName] = [:]
  private(set) var lists: [LeaseKey: ToldList] = [:]
  /// Deleted VMs of which nobody was there to be told: as many as a netdns can have heard of. Names of others end with their
  /// ports.
  private(set) var deleted: Set<VMIdentity> = []

  /// Notes a VM's name; empty for none.
  mutating func note(_ name: ToldName) {
    names[name.vm] = name.name.isEmpty ? nil : name
    deleted.remove(name.vm)
  }

  /// Notes the list of a port.
  mutating func note(_ rules: NetworkRules, of key: LeaseKey) {
    guard let policy = rules.policy else { return }
    lists[key] = policy.list == 0 ? nil : ToldList(number: policy.list, domains: rules.domains)
  }

  /// The name was refused, and the VM has it no longer.
  mutating func dropName(of vm: VMIdentity) { names[vm] = nil }

  /// The list was refused, and the port has it not.
  mutating func dropList(of key: LeaseKey) { lists[key] = nil }

  /// The VM does not run any more: its lists are said again when it is started.
  mutating func rest(vm: VMIdentity) { lists = lists.filter { $0.key.vm != vm } }

  /// The VM is deleted, and netdns is to hear of it if it was told a name.
  mutating func delete(vm: VMIdentity) {
    rest(vm: vm)
    guard names.removeValue(forKey: vm) != nil, deleted.count < NamesLimits.names else { return }
    deleted.insert(vm)
  }

  /// netdns has heard of it.
  mutating func settle(deleted heard: Set<VMIdentity>) { deleted.subtract(heard) }

  /// What is to be said to whoever knows `heard`.
  func since(_ heard: NetdnsFacts) -> NetdnsFacts {
    var facts = self
    facts.names = names.filter { heard.names[$0.key] != $0.value }
    facts.lists = lists.filter { heard.lists[$0.key] != $0.value }
    let gone = heard.names.keys.filter { names[$0] == nil }
    facts.deleted = deleted.union(gone).subtracting(heard.deleted)
    return facts
  }

  /// What of it was refused.
  func refused(_ refusals: NetdnsRefusals) -> NetdnsFacts {
    var facts = NetdnsFacts()
    facts.names = names.filter { refusals.names[$0.value] != nil }
    facts.lists = lists.filter { refusals.lists[$0.value] != nil }
    return facts
  }
}
