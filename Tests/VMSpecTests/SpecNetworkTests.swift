import Failure
import Foundation
import Testing

@testable import VMSpec

@Suite struct SpecNetworkTests {
  private func nics(_ text: String) throws -> [NICSpec] {
    try VMSpec.parse("name: a\nmemory: 64MiB\nboot: {kernel: k}\nnics:\n\(text)\n").nics
  }

  @Test func everyKeyOfACardIsRead() throws {
    let nics = try nics(
      """
        - allowedDomains: ["*.Example.COM.", example.com, _srv._tcp.example.org]
          allowedAddresses: [192.0.2.7, 10.0.0.0/8, 0.0.0.0/0:53/udp, 10.0.0.0/8:1-65535, 10.1.0.0/16/tcp]
          forwards:
            - guest: 22
              host: 2222
            - {guest: 53, protocol: udp}
            - {guest: 22}
          bandwidth: {send: 10MiB, receive: 2048}
        - {}
      """)
    #expect(nics.count == 2 && nics[1] == NICSpec() && !nics[1].isRestricted && !nics[1].hasPolicy)
    let card = nics[0]
    #expect(card.allowedDomains == ["example.com", "_srv._tcp.example.org"])
    let numbered: ClosedRange<UInt16> = 1...65535
    #expect(
      card.allowedAddresses == [
        AddressRule(address: 0xC000_0207), AddressRule(address: 10 << 24, prefix: 8),
        AddressRule(address: 0, prefix: 0, ports: .init(.udp, 53...53)),
        AddressRule(address: 10 << 24, prefix: 8, ports: .init(.tcp, numbered)),
        AddressRule(address: 0x0A01_0000, prefix: 16, ports: .init(.tcp)),
      ])
    #expect(
      card.forwards == [
        ForwardSpec(guest: 22, host: 2222), ForwardSpec(guest: 53, protocol: .udp), ForwardSpec(guest: 22),
      ])
    #expect(card.bandwidth == BandwidthSpec(send: 10 << 20, receive: 2048))
  }

  /// Absent is what the network permits; present and empty is nothing.
  @Test(
    arguments: [
      ("{}", false, false), ("{allowedDomains: []}", true, true), ("{allowedAddresses: []}", true, true),
      ("{bandwidth: {send: 1MiB}}", false, true), ("{allowedDomains: [a.example]}", true, true),
    ])
  func absentIsNotEmpty(text: String, isRestricted: Bool, hasPolicy: Bool) throws {
    let card = try #require(try nics("  - \(text)").first)
    #expect(card.isRestricted == isRestricted && card.hasPolicy == hasPolicy)
    let again = try JSONDecoder().decode(NICSpec.self, from: JSONEncoder().encode(card))
    #expect(again == card)
  }

  @Test func theDocumentFormComesBack() throws {
    let card = try #require(
      try nics(
        "  - {allowedAddresses: [10.0.0.0/8:80, 1.2.3.4/udp, 0.0.0.0/0:1-65535/udp], forwards: [{guest: 1}], bandwidth: {receive: 1G}}"
      ).first)
    #expect(card.allowedAddresses?.map(\.text) == ["10.0.0.0/8:80/tcp", "1.2.3.4/udp", "0.0.0.0/0:1-65535/udp"])
    let spec = VMSpec(name: "a", memory: 1 << 26, boot: .kernel(KernelBoot(kernel: "k")), nics: [card])
    #expect(try VMSpec.parse(String(decoding: JSONEncoder().encode(spec), as: UTF8.self)) == spec)
  }

  @Test func recordsFromBeforeThereWereRulesAreRead() throws {
    let card = try JSONDecoder().decode(NICSpec.self, from: Data(#"{"network": "default"}"#.utf8))
    #expect(card == NICSpec())
  }

  @Test(arguments: [
    "", "10.0.0.1/33", "10.0.0.1/8", "10.0.0.1:0", "10.0.0.1:5-4", "10.0.0.1:", "10.0.0.1:1-2-3", "10.0.0.1:+1",
    "10.0.0.1:080", "10.0.0.1/", "10.0.0.1/sctp", "::1", "[::1]:80", "example.com", "10.0.0.1:65536",
    "10.0.0.1/tcp/udp",
    "10.0.0.1 ", "10.0.0.0/8:80/tcp/",
  ])
  func whatIsNoRangeIsNone(text: String) { #expect(AddressRule(text) == nil) }

  static let refusals = [
    Refusal(line: "nics: [{allowedDomains: }]", "nics[0].allowedDomains", "must be a list", "[] for none"),
    Refusal(line: "nics: [{allowedDomains: [a b]}]", "nics[0].allowedDomains[0]", "not a domain", "example.com"),
    Refusal(line: "nics: [{allowedDomains: [1.2.3.4]}]", "nics[0].allowedDomains[0]", "an address", "allowedAddresses"),
    Refusal(
      line: "nics: [{allowedDomains: [-a.example]}]", "nics[0].allowedDomains[0]", "not a domain", "everything below"),
    Refusal(
      line: "nics: [{allowedDomains: [\((0...64).map { "d\($0)" }.joined(separator: ","))]}]", "nics[0].allowedDomains",
      "65 elements, 64", "remove 1"),
    Refusal(
      line:
        "nics: [{allowedDomains: [\((0..<60).map { "d\($0).\([String](repeating: String(repeating: "x", count: 60), count: 3).joined(separator: "."))" }.joined(separator: ","))]}]",
      "nics[0].allowedDomains", "8192 is the most", "above several"),
    Refusal(
      line: "nics: [{allowedAddresses: [10.0.0.1/8]}]", "nics[0].allowedAddresses[0]", "behind the prefix",
      "10.20.0.0/16"),
    Refusal(line: "nics: [{allowedAddresses: [\"::1\"]}]", "nics[0].allowedAddresses[0]", "IPv4", "192.0.2.7"),
    Refusal(line: "nics: [{forwards: [{host: 1}]}]", "nics[0].forwards[0].guest", "missing", "guest: 22"),
    Refusal(line: "nics: [{forwards: [{guest: 0}]}]", "nics[0].forwards[0].guest", "1 to 65535", "whole number"),
    Refusal(
      line: "nics: [{forwards: [{guest: 1, protocol: sctp}]}]", "nics[0].forwards[0].protocol", "tcp, udp", "one of"),
    Refusal(line: "nics: [{forwards: [{guest: 1}, {guest: 1}]}]", "nics[0].forwards[1]", "already", "remove"),
    Refusal(
      line: "nics: [{forwards: [{guest: 1, host: 9}]}, {forwards: [{guest: 2, host: 9}]}]", "nics[1].forwards[0].host",
      "nics[0].forwards[0] has this port", "leave it out"),
    Refusal(line: "nics: [{bandwidth: {}}]", "nics[0].bandwidth", "neither send nor receive", "10MiB"),
    Refusal(line: "nics: [{bandwidth: {send: 10MB}}]", "nics[0].bandwidth.send", "not a size", "MiB"),
    Refusal(line: "nics: [{bandwidth: {send: 1}}]", "nics[0].bandwidth.send", "from 1KiB", "10MiB"),
    Refusal(line: "nics: [{domains: []}]", "nics[0].domains", "unknown key", "did you mean `allowedDomains`?"),
  ]

  @Test(arguments: refusals)
  func theSentenceNamesPlaceRuleAndRemedy(refusal: Refusal) throws {
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(refusal.document, origin: "vm.yaml") }
    #expect(failure.code == .invalid)
    #expect(failure.object.hasPrefix("vm.yaml: \(refusal.object) "), "\(failure)")
    #expect(failure.cause.contains(refusal.cause), "\(failure)")
    #expect(failure.remedy.contains(refusal.remedy), "\(failure)")
  }
}
