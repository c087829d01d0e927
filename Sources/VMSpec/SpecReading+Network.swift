import Failure

extension SpecReading {
  static func nics(_ value: ValueReader) throws(Failure) -> [NICSpec] {
    try value.list(Rules.nics).map { (entry) throws(Failure) in
      let fields = try entry.fields(SpecKeys.NIC.self)
      return NICSpec(
        network: try fields[.network]?.string(Rules.name) ?? "default",
        model: try fields[.model]?.choice(NICSpec.Model.self) ?? .virtio,
        address: try fields[.address]?.word(Rules.address), mac: try fields[.mac]?.word(Rules.mac),
        allowedDomains: try fields[.allowedDomains].map(domains),
        allowedAddresses: try fields[.allowedAddresses].map(addresses),
        forwards: try fields[.forwards].map(forwards) ?? [], bandwidth: try fields[.bandwidth].map(bandwidth)
      ).settled()
    }
  }

  private static func domains(_ value: ValueReader) throws(Failure) -> [String] {
    try value.list(Rules.domains).map { (entry) throws(Failure) in try entry.word(Rules.domain) }
  }

  private static func addresses(_ value: ValueReader) throws(Failure) -> [AddressRule] {
    try value.list(Rules.ranges).map { (entry) throws(Failure) in
      let text = try entry.word(TextRule(most: 64).broken)
      guard let rule = AddressRule(text) else {
        throw entry.refusal(
          "`\(text)` is not ADDRESS[/PREFIX][:PORT[-PORT]][/tcp|/udp], in IPv4 and without bits behind the prefix",
          remedy: "write one such as 192.0.2.7, 10.20.0.0/16 or 10.20.0.0/16:8000-8080/tcp")
      }
      return rule
    }
  }

  private static func forwards(_ value: ValueReader) throws(Failure) -> [ForwardSpec] {
    try value.list(Rules.forwards).map { (entry) throws(Failure) in
      let fields = try entry.fields(SpecKeys.Forward.self)
      let guest = try fields.required(.guest, remedy: "add the guest's port, such as `guest: 22`")
      return ForwardSpec(
        guest: UInt16(try guest.integer(Rules.port)),
        host: try fields[.host].map { (host) throws(Failure) in UInt16(try host.integer(Rules.port)) },
        protocol: try fields[.protocol]?.choice(PortProtocol.self) ?? .tcp)
    }
  }

  private static func bandwidth(_ value: ValueReader) throws(Failure) -> BandwidthSpec {
    let fields = try value.fields(SpecKeys.Bandwidth.self)
    return BandwidthSpec(
      send: try fields[.send]?.size(Rules.bandwidth), receive: try fields[.receive]?.size(Rules.bandwidth))
  }
}
