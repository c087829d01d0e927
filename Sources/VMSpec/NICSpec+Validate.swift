import IPC
import IPCNames
import Linux

extension NICSpec {
  static func validate(_ nics: [NICSpec], _ place: SpecPlace) throws(SpecProblem) {
    try place.hold(Rules.nics.broken(nics.count))
    var taken: [ForwardSpec: SpecPlace] = [:]
    for (index, nic) in nics.enumerated() {
      let own = place.index(index)
      try nic.validate(own, &taken)
      if nic.address != nil,
        let earlier = nics.prefix(index).firstIndex(where: { $0.network == nic.network && $0.address == nic.address })
      {
        try own.refuse("has the address of nics[\(earlier)]", remedy: "give each network card an address of its own")
      }
      if let mac = nic.mac?.lowercased(),
        let earlier = nics.prefix(index).firstIndex(where: { $0.mac?.lowercased() == mac })
      {
        try own.key(SpecKeys.NIC.mac).refuse(
          "nics[\(earlier)] has this hardware address already", remedy: "give each network card one of its own, or none"
        )
      }
    }
  }

  /// - Parameter taken: the ports of the host that forwards so far have, with the place of each.
  private func validate(_ place: SpecPlace, _ taken: inout [ForwardSpec: SpecPlace]) throws(SpecProblem) {
    func at(_ key: SpecKeys.NIC) -> SpecPlace { place.key(key) }
    try at(.network).hold(Rules.name(network))
    try at(.address).hold(address, Rules.address)
    try at(.mac).hold(mac, Rules.mac)
    if let allowedDomains {
      try at(.allowedDomains).hold(Rules.domains.broken(allowedDomains.count))
      for (index, domain) in allowedDomains.enumerated() {
        try at(.allowedDomains).index(index).hold(Rules.domain(domain))
      }
      let bytes = allowedDomains.reduce(0) { $0 + $1.utf8.count }
      if bytes > NamesLimits.domainBytes {
        try at(.allowedDomains).refuse(
          "the domains have \(bytes) bytes together, \(NamesLimits.domainBytes) is the most",
          remedy: "allow a domain above several of them instead")
      }
    }
    try at(.allowedAddresses).hold(allowedAddresses?.count, Rules.ranges.broken)
    try validateForwards(at(.forwards), &taken)
    guard let bandwidth else { return }
    try at(.bandwidth).key(SpecKeys.Bandwidth.send).hold(bandwidth.send, Rules.bandwidth.broken)
    try at(.bandwidth).key(SpecKeys.Bandwidth.receive).hold(bandwidth.receive, Rules.bandwidth.broken)
    if bandwidth == BandwidthSpec() {
      try at(.bandwidth).refuse(
        "has neither send nor receive", remedy: "add one, in bytes per second such as `send: 10MiB`, or remove the key")
    }
  }

  private func validateForwards(
    _ place: SpecPlace, _ taken: inout [ForwardSpec: SpecPlace]
  ) throws(SpecProblem) {
    try place.hold(Rules.forwards.broken(forwards.count))
    for (index, forward) in forwards.enumerated() {
      let own = place.index(index)
      let host = own.key(SpecKeys.Forward.host)
      try own.key(SpecKeys.Forward.guest).hold(Rules.port.broken(Int(forward.guest)))
      try host.hold(forward.host.map { Int($0) }, Rules.port.broken)
      if forwards.prefix(index).contains(forward) {
        try own.refuse("the same forward is in the list already", remedy: "remove one of them")
      }
      guard forward.host != nil else { continue }
      // The guest's port does not tell ports of the host apart.
      let port = ForwardSpec(guest: 0, host: forward.host, protocol: forward.protocol)
      if let other = taken[port] {
        try host.refuse(
          "\(other.text) has this port of the host already", remedy: "choose another one, or leave it out to get any")
      }
      taken[port] = own
    }
  }

  /// The same with each domain in the form in which it is kept, and nothing twice in its lists.
  func settled() -> NICSpec {
    var nic = self
    nic.mac = mac?.lowercased()
    nic.allowedDomains = allowedDomains.map { domains in
      var seen: Set<String> = []
      return domains.map { DomainName.canonical($0) ?? $0 }.filter { seen.insert($0).inserted }
    }
    nic.allowedAddresses = allowedAddresses.map { rules in
      var seen: Set<AddressRule> = []
      return rules.filter { seen.insert($0).inserted }
    }
    return nic
  }
}
