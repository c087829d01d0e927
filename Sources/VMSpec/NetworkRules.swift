import Failure
import IPC
import Linux
import Text

/// The rules of network cards.
extension SpecRules {
  static func nics(_ value: ValueReader) throws(Failure) -> [NICSpec] {
    var nics: [NICSpec] = []
    var taken: [ForwardSpec: String] = [:]
    for entry in try value.list(limit: SpecLimits.nics) {
      let fields = try entry.fields(SpecKeys.NIC.self)
      let nic = NICSpec(
        network: try fields[.network].map(name) ?? "default", address: try fields[.address].map(address),
        allowedDomains: try fields[.allowedDomains].map(domains),
        allowedAddresses: try fields[.allowedAddresses].map(addresses),
        forwards: try fields[.forwards].map { (value) throws(Failure) in try forwards(value, &taken) } ?? [],
        bandwidth: try fields[.bandwidth].map(bandwidth))
      if nic.address != nil,
        let earlier = nics.firstIndex(where: { $0.network == nic.network && $0.address == nic.address })
      {
        throw entry.refusal(
          "has the address of nics[\(earlier)]", remedy: "give each network card an address of its own")
      }
      nics.append(nic)
    }
    return nics
  }

  private static func address(_ value: ValueReader) throws(Failure) -> String {
    let text = try value.word(limit: 64)
    guard let octets = IPv4Text.octets(text), IPv4Text.isHost(octets) else {
      throw value.refusal("`\(text)` is not an IPv4 address of a host", remedy: "write one such as 10.100.0.17")
    }
    return text
  }

  private static func domains(_ value: ValueReader) throws(Failure) -> [String] {
    var domains: [String] = []
    for entry in try value.list(limit: NetdLimits.domains) {
      let text = try entry.word(limit: NetdLimits.domain + 3)
      guard IPv4.parse(text) == nil else {
        throw entry.refusal("`\(text)` is an address, not a domain", remedy: "write it in allowedAddresses")
      }
      guard let domain = DomainName.canonical(text) else {
        throw entry.refusal(
          "`\(text)` is not a domain: labels of letters, digits and inner hyphens with dots between them",
          remedy: "write one such as example.com, which stands for everything below it too")
      }
      if !domains.contains(domain) { domains.append(domain) }
    }
    let bytes = domains.reduce(0) { $0 + $1.utf8.count }
    if bytes > NetdLimits.domainBytes {
      throw value.refusal(
        "the domains have \(bytes) bytes together, \(NetdLimits.domainBytes) is the most",
        remedy: "allow a domain above several of them instead")
    }
    return domains
  }

  private static func addresses(_ value: ValueReader) throws(Failure) -> [AddressRule] {
    var rules: [AddressRule] = []
    for entry in try value.list(limit: NetdLimits.ranges) {
      let text = try entry.word(limit: 64)
      guard let rule = AddressRule(text) else {
        throw entry.refusal(
          "`\(text)` is not ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp], in IPv4 and without bits behind the prefix",
          remedy: "write one such as 192.0.2.7, 10.20.0.0/16 or 10.20.0.0/16:8000-8080/tcp")
      }
      if !rules.contains(rule) { rules.append(rule) }
    }
    return rules
  }

  /// - Parameter taken: the ports of the host that forwards so far have, with the place of each.
  private static func forwards(
    _ value: ValueReader, _ taken: inout [ForwardSpec: String]
  ) throws(Failure) -> [ForwardSpec] {
    var forwards: [ForwardSpec] = []
    for entry in try value.list(limit: NetdLimits.forwards) {
      let fields = try entry.fields(SpecKeys.Forward.self)
      let ports = 1...Int(UInt16.max)
      let forward = ForwardSpec(
        guest: UInt16(try fields.required(.guest, remedy: "add the guest's port, such as `guest: 22`").integer(ports)),
        host: try fields[.host].map { (host) throws(Failure) in UInt16(try host.integer(ports)) },
        protocol: try fields[.protocol]?.choice(PortProtocol.self) ?? .tcp)
      if forwards.contains(forward) {
        throw entry.refusal("the same forward is in the list already", remedy: "remove one of them")
      }
      if forward.host != nil {
        // The guest's port does not tell ports of the host apart.
        let place = ForwardSpec(guest: 0, host: forward.host, protocol: forward.protocol)
        if let other = taken[place] {
          throw (fields[.host] ?? entry).refusal(
            "\(other) has this port of the host already", remedy: "choose another one, or leave it out to get any")
        }
        taken[place] = entry.path
      }
      forwards.append(forward)
    }
    return forwards
  }

  private static func bandwidth(_ value: ValueReader) throws(Failure) -> BandwidthSpec {
    let fields = try value.fields(SpecKeys.Bandwidth.self)
    func rate(_ key: SpecKeys.Bandwidth) throws(Failure) -> UInt64? {
      try fields[key]?.size(SpecLimits.rate, operation: 1, example: "10MiB")
    }
    let bandwidth = BandwidthSpec(send: try rate(.send), receive: try rate(.receive))
    if bandwidth == BandwidthSpec() {
      throw value.refusal(
        "has neither send nor receive", remedy: "add one, in bytes per second such as `send: 10MiB`, or remove the key")
    }
    return bandwidth
  }
}
