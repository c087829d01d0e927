import Failure
import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Netlink
import Seeded
import Testing

@testable import NetworkPlan
@testable import netd

/// Users, holders of TAPs and somebody with root's hands around one netd, and what must hold whatever they do.
final class Torture {
  static let users: [UInt32] = [0, 64401, 64402]
  /// The same numbers for all users: a VM is a user's.
  static let vms = (1...5).map { VMIdentity(high: 0x7047_0000, low: UInt64($0)) }
  static let bridges = ["br-procurator", "br-procurator-1", "br-second", "br-third"]
  static let networks: [(name: String, base: UInt32, shards: Int, hosts: ClosedRange<UInt32>)] = [
    ("default", 0x0a64_0000, 2, 2...5), ("second", 0x0a65_0000, 1, 2...9), ("third", 0x0a66_0000, 1, 2...5),
  ]
  static let spares = 2
  static let forwardPorts: ClosedRange<UInt16> = 20000...20015
  static let netd = """
    Grace=100ms
    Spare=\(spares)
    MaxClients=24
    ForwardPorts=\(forwardPorts.lowerBound)-\(forwardPorts.upperBound)
    """
  static let sections = """
    [Network default]
    Subnet=10.100.0.0/16
    Shards=2
    Hosts=2-5
    [Network second]
    Subnet=10.101.0.0/16
    Bridge=br-second
    TapPrefix=pcs
    Shards=1
    Hosts=2-9
    Peers=isolated
    IPv6=yes
    [Network third]
    Subnet=10.102.0.0/24
    Bridge=br-third
    TapPrefix=pct
    Hosts=2-5
    Mode=isolated
    """

  let rig: Rig
  var random: SeededRandom
  var model = Model()
  var holders: [Owner: Holder] = [:]
  /// Those that hold what is not there any more.
  var strays: [Holder] = []
  var callers: [UInt32: Caller] = [:]
  var root: Caller
  var route: RouteSocket
  var counts: [String: Int] = [:]
  /// Whether the ruleset was thrown away and not seen whole since.
  var isGuardDoubtful = false
  /// Those about whose ports nobody knows what has happened in the end.
  var doubtful: Set<Owner> = []
  /// netd's descriptors without any client.
  let ownDescriptors: Int
  /// What was done last, for who reads a failure.
  var trail: [String] = []

  init(_ rig: Rig, seed: UInt64) throws {
    self.rig = rig
    random = SeededRandom(seed: seed)
    route = try RouteSocket()
    root = try Caller(rig, uid: 0)
    // It makes spares at the moment, and opens this and that for it.
    ownDescriptors = (0..<50).reduce(.max) { least, _ in
      usleep(2000)
      return min(least, Self.descriptors(rig.pid) - 1)
    }
    for uid in Self.users { try connect(uid) }
  }

  /// What a failure says: what does not hold, and what was done before it.
  struct Broken: Error, CustomStringConvertible {
    let description: String
  }

  func name(_ owner: Owner) -> String { "\(owner.uid)/\(owner.vm.low)/\(owner.nic)" }

  func request(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw Broken(description: what() + "\n  " + trail.suffix(40).joined(separator: "\n  ")) }
  }

  func note(_ word: String, _ detail: String = "") {
    counts[word, default: 0] += 1
    trail.append(detail.isEmpty ? word : "\(word): \(detail)")
  }

  // MARK: A round

  func round(_ number: Int) throws {
    trail.append("-- round \(number)")
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<58:
      if let uid = callers.keys.sorted().randomElement(using: &random) { try ask(someAsk(of: uid)) }
    case 58..<68: try endHolder()
    case 68..<74: try meddle()
    case 74..<78: try pause()
    case 78..<82: try disturb()
    case 82..<86: try reach()
    case 86..<90:
      if let uid = callers.keys.sorted().randomElement(using: &random) {
        note("supervisor ends", "\(uid)")
        callers[uid] = nil
      }
    case 90..<93: try crash()
    case 93..<96: try crashInFlight()
    default: break
    }
    for uid in Self.users where callers[uid] == nil && Int.random(in: 0..<4, using: &random) == 0 { try connect(uid) }
    try check()
    if number % 10 == 9 { try checkDeeply() }
  }

  // MARK: Asking

  func isHeld(_ owner: Owner) -> Bool { holders[owner] != nil && model.solid[owner]?.hasTap == true }

  func someAsk(of uid: UInt32) -> Ask {
    let any = Owner(
      uid: uid, vm: Self.vms.randomElement(using: &random) ?? VMIdentity(), nic: .random(in: 0...1, using: &random))
    let known = model.solid.keys.filter { $0.uid == uid }.sorted { ($0.vm.low, $0.nic) < ($1.vm.low, $1.nic) }
    let own = known.randomElement(using: &random)
    switch (Int.random(in: 0..<100, using: &random), own) {
    case (45..<57, let own?):
      if let handle = model.solid[own]?.handle { return .detach(own, handle: handle) }
      return .forget(uid, own.vm)
    case (57..<64, _): return .forget(uid, any.vm)
    case (64..<82, let own?):
      let isRestricted = Bool.random(using: &random)
      return .policy(own, isRestricted: isRestricted, someRules(isRestricted))
    case (82..., let own?):
      let isFixed = Int.random(in: 0..<3, using: &random) == 0
      return .forward(
        own, Bool.random(using: &random) ? .tcp : .udp, guestPort: .random(in: 80...83, using: &random),
        hostPort: isFixed ? .random(in: Self.forwardPorts, using: &random) : 0,
        isClosed: Int.random(in: 0..<3, using: &random) == 0)
    default:
      let network = Self.networks.randomElement(using: &random) ?? Self.networks[0]
      let isWanted = Int.random(in: 0..<4, using: &random) == 0
      let address =
        network.base + UInt32.random(in: 0..<UInt32(network.shards), using: &random) << 8
        + UInt32.random(in: network.hosts, using: &random)
      return .attach(
        any, network: network.name, address: isWanted ? address : 0, keep: Bool.random(using: &random))
    }
  }

  private func someRules(_ isRestricted: Bool) -> Model.Rules {
    var rules = Model.Rules()
    if Bool.random(using: &random) { rules.sendRate = .random(in: 1...3, using: &random) * 125_000 }
    if Bool.random(using: &random) { rules.receiveRate = .random(in: 1...3, using: &random) * 125_000 }
    guard isRestricted else { return rules }
    // Users choose the same numbers, and share nothing by that.
    rules.list = .random(in: 0...8, using: &random)
    if Bool.random(using: &random) {
      rules.ranges = [
        Policy.Range(address: 0xc000_0200, prefix: 24),
        Policy.Range(address: 0xc633_6407, transport: .tcp, ports: 80...443),
      ]
    }
    return rules
  }

  /// Asks until what is answered follows from what holds. A refusal for something that just ends is followed by another try.
  func ask(_ ask: Ask) throws {
    guard let caller = callers[ask.owner.uid] else { return }
    let end = Clock.now() + 4000
    while true {
      let outcome = caller.perform(ask)
      if case .refused(let failure) = outcome, !isJustified(ask, failure), Clock.now() < end {
        counts["refused for a moment", default: 0] += 1
        usleep(20_000)
        continue
      }
      note(ask.word, "\(ask) -> \(outcome)")
      return try apply(ask, outcome)
    }
  }

  /// Whether a refusal follows from what holds, so that it would be the same tomorrow.
  func isJustified(_ ask: Ask, _ failure: Failure) -> Bool {
    let own = model.solid[ask.owner]
    switch (ask, failure.code) {
    case (.attach, .exists) where failure.errno == EBUSY: return isHeld(ask.owner)
    case (.attach(_, _, let address, _), .exists):
      return model.solid.contains { $0.value.port.address == address && $0.key != ask.owner }
    case (.attach(_, let network, let address, _), .state):
      guard let own else { return false }
      return own.slot.network != network || (address != 0 && own.port.address != address)
    case (.attach(_, let network, _, _), .exhausted):
      let room = Self.networks.first { $0.name == network }.map { $0.shards * $0.hosts.count } ?? 0
      return own == nil && model.solid.values.count { $0.slot.network == network } == room
    case (.detach, .notFound): return own == nil || own?.isGivenBack != false
    case (.policy, .notFound), (.forward, .notFound): return own == nil
    case (.forward(_, let transport, let guestPort, let hostPort, false), .exists):
      let port = HostPort(transport: transport, number: hostPort)
      guard let holder = model.holder(of: port) else { return false }
      return holder != ask.owner || own?.forwards[port] != guestPort
    case (.forward(_, let transport, _, _, false), .exhausted):
      return Self.forwardPorts.allSatisfy { model.holder(of: HostPort(transport: transport, number: $0)) != nil }
    default: return false
    }
  }

  static func descriptors(_ pid: Int32) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? -1
  }
}
