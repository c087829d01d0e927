import Glibc
package import IPC
import IPCNames
import IPCPeer
import Linux
package import VMSpec

/// What netd has to be told about one port besides its existence. A value: no I/O.
package struct NetworkRules: Hashable, Sendable {
  /// What may be reached, and how fast; nil if netd was never told anything else than what the network permits.
  package var policy: Policy?
  /// The domains of the policy's list, which netdns is told and netd is not; sorted, each once.
  package var domains: [String] = []
  /// Ways that are no longer wanted.
  package var closing: [SavedForward] = []
  /// Ways that are wanted. The port of the host is the one to ask for, 0 for any.
  package var opening: [SavedForward] = []

  /// The way from what was said before to what `spec` wants.
  /// - Parameters:
  ///   - said: whether netd may still hold a policy of this port.
  ///   - saved: the forwards of this port that netd may hold.
  init(_ spec: NICSpec, vm: VMIdentity, nic: UInt8, said: Bool, saved: [SavedForward]) {
    if spec.hasPolicy || said { policy = Policy(spec, vm: vm, nic: nic) }
    domains = spec.listedDomains
    opening = spec.forwards.map { wanted in
      let before = saved.first { $0.isOf(wanted) }
      return SavedForward(
        nic: nic, protocol: wanted.protocol, guest: wanted.guest, host: wanted.host ?? before?.host ?? 0,
        isAutomatic: wanted.host == nil)
    }
    closing = saved.filter { old in !spec.forwards.contains { old.isOf($0) } }
  }

  /// What netd may hold while this is being said to it.
  var possible: [SavedForward] { closing + opening }

  /// Whether there is nothing to say.
  package var isEmpty: Bool { policy == nil && closing.isEmpty && opening.isEmpty }
}

extension Policy {
  /// The document's rules for one network card in netd's words.
  package init(_ spec: NICSpec, vm: VMIdentity, nic: UInt8) {
    self.init(
      vm: vm, nic: nic, isRestricted: spec.isRestricted, list: spec.listNumber,
      ranges: (spec.allowedAddresses ?? []).map { rule in
        let transport: Transport = rule.ports.map { $0.protocol == .tcp ? .tcp : .udp } ?? .any
        return Policy.Range(
          address: rule.address, prefix: rule.prefix, transport: transport, ports: rule.ports?.range)
      }, sendRate: spec.bandwidth?.send ?? 0, receiveRate: spec.bandwidth?.receive ?? 0)
  }
}

extension NICSpec {
  /// The domains that it lists, as they are compared: sorted, each once.
  fileprivate var listedDomains: [String] {
    Set((allowedDomains ?? []).map { DomainName.canonical($0) ?? $0 }).sorted()
  }

  /// The number of that list, 0 for none.
  fileprivate var listNumber: UInt32 {
    let domains = listedDomains
    return domains.isEmpty ? 0 : ListNumber.of(uid: getuid(), network: network, domains)
  }
}

/// The VM's name as DNS can have it.
enum GuestName {
  /// One label: the name in small letters, other characters as hyphens; empty if nothing usable is left.
  static func label(_ name: String) -> String {
    let hyphen = UInt8(ascii: "-")
    let bytes = name.lowercased().utf8.map { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") ? hyphen : $0 }
    let start = bytes.firstIndex { $0 != hyphen } ?? 0
    let end = bytes.lastIndex { $0 != hyphen } ?? -1
    let label = String(decoding: bytes[start..<(end + 1)], as: UTF8.self)
    return DomainName.isLabel(label) ? label : ""
  }
}
