import IPC
import VMSpec

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
