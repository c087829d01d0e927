import IPC
import Linux
import Seeded
import Testing

@testable import NetworkPlan

/// The pure part of the guard: spelling, and reading what nftables lists.
@Suite struct ListingTests {
  @Test func elementsAreReadOverSeveralLines() {
    let listing = """
      table inet procurator {
      \tmap forwards {
      \t\ttype inet_proto . inet_service : ipv4_addr . inet_service
      \t\telements = { 17 . 53 : 10.100.0.2 . 53,
      \t\t\t     6 . 8080 : 10.100.0.2 . 80 }
      \t}
      }

      """
    #expect(
      Listing.elements(listing, of: .forwards) == [
        Element(.forwards, "17 . 53", "10.100.0.2 . 53"), Element(.forwards, "6 . 8080", "10.100.0.2 . 80"),
      ])
    let reading = Reading(Listing.elements(listing, of: .forwards) ?? [], PanelTests.layout)
    #expect(
      reading.rules[Slot(index: 0)]?.forwards == [
        Forwarding(HostPort(transport: .udp, number: 53), 53), Forwarding(HostPort(transport: .tcp, number: 8080), 80),
      ])
  }

  @Test func anEmptySetIsRead() {
    let listing = "table bridge procurator {\n\tset closed {\n\t\ttype ifname\n\t}\n}\n"
    #expect(Listing.elements(listing, of: .closed) == [])
    #expect(Listing.addresses(listing) == [])
  }

  @Test(arguments: [
    "", "table x {\n}\n", "elements = { \"a\" }",
    "table bridge procurator {\n\tset closed {\n\t\telements = { \"a\"\n\t}\n}\n",
    "table bridge procurator {\n\tset closed {\n\t\telements = { \"a\" : drop }\n\t}\n}\n",
    "table bridge procurator {\n\tset closed {\n\t\telements = { \"a\", }\n\t}\n}\n",
    "table bridge procurator {\n\tset closed {\n\t\telements = { \"a;b\" }\n\t}\n}\n",
    "table bridge procurator {\n\tset closed {\n\t\telements = { \"a\" }\n\t}\n",
  ])
  func whatIsNotAsNetdMakesItIsNotRead(_ listing: String) {
    #expect(Listing.elements(listing, of: .closed) == nil)
  }

  @Test func rangesAreReadAsTheyAreWritten() {
    var random = SeededRandom("rangesAreReadAsTheyAreWritten")
    for _ in 0..<500 {
      let ranges = (0..<Int.random(in: 0...8, using: &random)).map { _ in Self.someRange(&random) }
      let rules = ranges.map { "\t\t" + Ruleset.rule($0) }
      let listing = (["table inet procurator {", "\tchain ranges-pcr0-2 {"] + rules + ["\t}", "}", ""])
        .joined(separator: "\n")
      #expect(Listing.chains(listing)["ranges-pcr0-2"].flatMap(Listing.ranges) == ranges)
    }
  }

  @Test(arguments: [
    "drop", "ip daddr 10.0.0.0/33 accept", "ip daddr 10.0.0.1/24 accept", "ip daddr 10.0.0 accept",
    "tcp dport 9-8-7 accept", "sctp dport 9 accept", "tcp dport 70000 accept", "meta l4proto 1 accept", "accept accept",
    "ip daddr 10.0.0.1 tcp dport 80 drop", "tcp dport 80 counter accept", "jump x", "tcp dport - accept",
  ])
  func anotherRuleIsNotRead(_ rule: String) {
    #expect(Listing.ranges(["accept", rule]) == nil)
  }

  @Test func whatDoesNotCountIsLeftOut() {
    let slot = Slot(index: 0)
    let rules = PortRules(
      isRestricted: false, ranges: [Policy.Range()], profile: 7, resolverPort: 15_400, sendRate: 0, forwards: [])
    #expect(rules.effective(isExternal: false) == PortRules())
    #expect(PanelTests.layout.elements(slot, rules) == [])
    #expect(
      PanelTests.layout.elements(slot, PortRules(isRestricted: true)) == [
        Element(.closed, "\"pcr0-2\""), Element(.policed, "10.100.0.2"),
      ])
  }

  private static func someRange(_ random: inout SeededRandom) -> Policy.Range {
    var range = Policy.Range()
    range.prefix = .random(in: 0...32, using: &random)
    range.address = UInt32.random(in: 0...(.max), using: &random) & IPv4.mask(prefix: range.prefix)
    range.transport = Transport.allCases.randomElement(using: &random) ?? .any
    if range.transport != .any {
      range.last = .random(in: 1...(.max), using: &random)
      range.first = .random(in: 0...range.last, using: &random)
    }
    return range
  }
}
