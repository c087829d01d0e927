import Failure
import IPC
import Linux
import Testing

@testable import NodeCore
@testable import NodeDiagnosis
@testable import Text

/// Who serves names, as values.
@Suite struct NamingTests {
  private static let gateway = Gateway(network: "default", shard: 0, address: 0x0a64_0001)
  private static let remedy = ServiceRemedy(.netdns, isUnit: true)

  private static func facts(_ netdns: NamingFacts.Netdns, _ answer: GatewayAnswer?) -> NamingFacts {
    var facts = NamingFacts()
    facts.netdns = netdns
    if let answer { facts.answers = [gateway: answer] }
    return facts
  }

  // MARK: the question

  private static let question = GatewayQuestion(network: "lab", id: 0x1234)

  /// As dnsmasq writes it: the question, and a record whose name points to it.
  private static func answer(_ text: String, status: UInt8 = 0, count: UInt8 = 1) -> [UInt8] {
    var packet = question.packet
    packet[2] = 0x85
    packet[3] = status
    packet[7] = count
    let bytes = Array(text.utf8)
    return packet + [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, UInt8(bytes.count + 1), UInt8(bytes.count)] + bytes
  }

  @Test func theAnswerOfNetdnsIsKnown() {
    #expect(Self.question.packet.count == 12 + 8 + 4 + 9 + 1 + 4)
    #expect(Self.question.isOurs(Self.answer("lab")))
    #expect(!Self.question.isOurs(Self.answer("default")), "of another network")
    #expect(!Self.question.isOurs(Self.answer("lab", status: 3)), "no such name")
    #expect(!Self.question.isOurs(Self.answer("lab", count: 0)))
    #expect(!Self.question.isOurs(Self.question.packet), "a question is no answer")
    #expect(!GatewayQuestion(network: "lab", id: 1).isAnswered(by: Self.answer("lab")), "of another question")
    let whole = Self.answer("lab")
    for length in 0..<whole.count { #expect(!Self.question.isOurs(Array(whole.prefix(length)))) }
  }

  // MARK: what it means

  @Test func netdKnowsItsNetdns() {
    var counters = Counters.Reply()
    counters.uptime = 3
    #expect(NamingFacts(Audit.Reply(), counters, isElsewhere: false).netdns == .unknown)
    counters.uptime = 300
    #expect(NamingFacts(Audit.Reply(), counters, isElsewhere: false).netdns == .neverSeen)
    var served = Counters.Served()
    (served.verb, served.granted) = (.watch, 1)
    counters.served = [served]
    #expect(NamingFacts(Audit.Reply(), counters, isElsewhere: false).netdns == .connected)
    var audit = Audit.Reply()
    var finding = Audit.Finding()
    (finding.kind, finding.interface) = (.broken, "netdns")
    audit.findings = [finding]
    #expect(NamingFacts(audit, counters, isElsewhere: false).netdns == .gone)
  }

  @Test(arguments: [
    (NamingFacts.Netdns.connected, GatewayAnswer.served, [String]()), (.gone, .served, ["netdns"]),
    (.neverSeen, .served, ["netdns"]), (.unknown, .served, []), (.connected, .closed, ["default"]),
    (.connected, .silent, ["default"]), (.connected, .other, ["default"]), (.connected, .absent, ["default"]),
    (.connected, .unknown(Errno(1)), []), (.gone, .closed, ["netdns", "default"]), (.neverSeen, .closed, ["default"]),
  ])
  func everyTroubleIsNamed(netdns: NamingFacts.Netdns, answer: GatewayAnswer, subjects: [String]) {
    let troubles = Self.facts(netdns, answer).troubles(Self.remedy)
    #expect(troubles.map(\.subject) == subjects)
    #expect(troubles.allSatisfy { !$0.failure.cause.isEmpty && !$0.failure.remedy.isEmpty })
  }

  @Test func whoNeverWantedNamesIsNotTroubled() {
    let byHand = ServiceRemedy(.netdns, isUnit: false)
    let board = NamingBoard()
    for _ in 0..<3 { #expect(board.take(Self.facts(.neverSeen, .closed), remedy: byHand).troubles.isEmpty) }
    #expect(NamingChecks.look(Self.facts(.neverSeen, .closed), byHand).map(\.level) == [.warn])
    #expect(NamingChecks.look(Self.facts(.neverSeen, .closed), Self.remedy).map(\.level) == [.fail])
    // Served once is wanted, also after netd was started again.
    _ = board.take(Self.facts(.connected, .served), remedy: byHand)
    _ = board.take(Self.facts(.neverSeen, .closed), remedy: byHand)
    #expect(board.take(Self.facts(.neverSeen, .closed), remedy: byHand).troubles.map(\.subject) == ["default"])
  }

  @Test func whatIsSeenTwiceIsSaid() {
    let board = NamingBoard()
    #expect(board.take(Self.facts(.connected, .served), remedy: Self.remedy).troubles.isEmpty)
    #expect(board.take(Self.facts(.connected, .closed), remedy: Self.remedy).troubles.isEmpty)
    #expect(board.take(Self.facts(.connected, .closed), remedy: Self.remedy).troubles.count == 1)
    let after = board.take(Self.facts(.connected, .served), remedy: Self.remedy)
    #expect(after.troubles.isEmpty && after.well == ["default"])
  }

  @Test func theDoctorJudgesNames() {
    func level(_ netdns: NamingFacts.Netdns, _ answer: GatewayAnswer?) -> Check? {
      NamingChecks.look(Self.facts(netdns, answer), Self.remedy).first
    }
    #expect(level(.connected, .served)?.level == .ok && level(.connected, nil)?.level == .ok)
    #expect(level(.connected, .closed)?.level == .fail && level(.gone, nil)?.level == .fail)
    #expect(level(.gone, nil)?.fix.contains("systemctl start netdns") == true)
    #expect(level(.neverSeen, nil)?.level == .warn)
    #expect(level(.connected, .unknown(Errno(1)))?.level == .unused)
    var elsewhere = Self.facts(.connected, nil)
    elsewhere.isElsewhere = true
    #expect(NamingChecks.look(elsewhere, Self.remedy).map(\.name) == ["namespace", "dns"])
    #expect(NamingChecks.look(elsewhere, Self.remedy).map(\.level) == [.warn, .unused])
    #expect(NamingChecks.look(nil, Self.remedy).map(\.level) == [.unused])
  }

  // MARK: remedies

  @Test(arguments: ServiceRemedy.Program.allCases)
  func aRemedyIsWhatThisHostHas(program: ServiceRemedy.Program) {
    let unit = ServiceRemedy(program, isUnit: true)
    #expect(unit.start == "start it: systemctl start \(program)")
    #expect(unit.restart == "restart it: systemctl restart \(program)")
    let hand = ServiceRemedy(program, isUnit: false)
    #expect(!hand.start.contains("systemctl") && !hand.restart.contains("systemctl"))
    #expect(
      hand.start.contains(
        program == .vmsupervisor ? "vmsupervisor daemon" : "\(program) --config /etc/procurator/\(program).conf"))
    // A socket of systemd comes back with its own unit only.
    #expect(ServiceRemedy(.netd, isUnit: true).socket.contains("systemctl restart netd.socket"))
  }
}
