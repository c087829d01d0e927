import IPC
import Seeded
import Testing

@testable import netdns

/// What is decided, without any process.
@Suite struct LedgerTests {
  @Test func backoffDoublesUpToItsLimit() {
    var backoff = Backoff(first: 100, longest: 10_000)
    #expect((0..<9).map { _ in backoff.fail(now: 0) } == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
    #expect(backoff.notBefore == 10_000)
    for _ in 0..<100 { backoff.fail(now: 0) }
    backoff.succeed()
    #expect(backoff.fail(now: 5) == 100 && backoff.notBefore == 105)
  }

  @Test func whoDoesNotEndIsKilled() {
    var ledger = Ledger(linger: 0)
    ledger.wanted = Wanted(["net": "a"])
    ledger.files = ledger.wanted?.files ?? [:]
    let old = InstanceID(.network("net"), configuration: "old")
    ledger.files[old.file] = "old"
    ledger.began(7, old, now: 0)
    #expect(ledger.plan(now: 0) == [.stop(7)])
    ledger.stopped(7, now: 0)
    #expect(ledger.plan(now: 4999).isEmpty && ledger.nextDue(now: 0) == 5000)
    #expect(ledger.plan(now: 5000) == [.kill(7)])
    ledger.stopped(7, now: 5000)
    #expect(ledger.plan(now: 5001).isEmpty)
    #expect(ledger.ended(7, now: 5002)?.isDeath == false)
    let new = InstanceID(.network("net"), configuration: "a")
    #expect(ledger.plan(now: 5002) == [.start(new), .remove(old.file)])
  }

  /// A lease that stands in somebody's way is forgotten only with the process that knows of it.
  @Test func whoKnowsOfALeaseThatIsInTheWayBeginsAnew() {
    let path = "hosts/net-0"
    let id = InstanceID(.network("net"), configuration: "a")
    func ledger(_ former: String, _ text: String) -> Ledger {
      var ledger = Ledger(linger: 0)
      ledger.wanted = Wanted(["net": "a"])
      ledger.files = ledger.wanted?.files ?? [:]
      ledger.files[path] = former
      ledger.wanted?.files[path] = text
      ledger.wanted?.reread[id.name] = [path]
      ledger.began(7, id, now: 0)
      return ledger
    }
    let (one, other) = ("52:54:00:00:00:01,10.0.0.2,infinite\n", "52:54:00:00:00:02,10.0.0.2,infinite\n")
    let both = "52:54:00:00:00:02,52:54:00:00:00:01,10.0.0.2,infinite\n"
    var kind = ledger(one, both)
    #expect(kind.plan(now: 0) == [.write(path, both), .reload(7)])
    var harsh = ledger(one, other)
    #expect(harsh.plan(now: 0) == [.write(path, other), .stop(7)])
    // Written, but the process could not be ended yet.
    harsh.wrote(path, other)
    #expect(harsh.plan(now: 1) == [.stop(7)])
    harsh.stopped(7, now: 1)
    #expect(harsh.plan(now: 2).isEmpty && harsh.ended(7, now: 3)?.isDeath == false)
    #expect(harsh.plan(now: 3) == [.start(id)])
  }

  /// What was served for one user does not fill the set of another for a moment.
  @Test(arguments: [(1, 2), (2, 1), (2, 2)] as [(UInt32, UInt16)])
  func inAnotherUsersPlaceNothingLingers(_ id: UInt32, _ port: UInt16) {
    var ledger = Ledger(linger: 1000)
    let former = InstanceID(.profile(id: 1, port: 1), configuration: "list")
    ledger.wanted = Wanted()
    ledger.began(7, former, now: 0)
    #expect(ledger.plan(now: 0).isEmpty && ledger.nextDue(now: 0) == 1000)
    ledger.wanted?.vacated = [.profile(id: id, port: port)]
    #expect(ledger.plan(now: 1) == (id == 1 || port == 1 ? [.stop(7)] : []))
  }

  /// A full disk keeps what runs, but nothing in another user's place, and nothing that is over.
  @Test func whatIsOverEndsBeforeFilesAreWritten() throws {
    var ledger = Ledger(linger: 1000)
    let list = InstanceID(.profile(id: 1, port: 1), configuration: "theirs")
    let former = InstanceID(.network("net"), configuration: "old")
    ledger.wanted = Wanted(["net": "new"])
    ledger.wanted?.add(profile: 1, 1, "ours")
    ledger.began(7, list, now: 0)
    ledger.began(8, former, now: 0)
    ledger.began(9, InstanceID(.network("gone"), configuration: "x"), now: 0)
    ledger.stopped(9, now: 0)
    ledger.began(10, InstanceID(.network("away"), configuration: "x"), now: 0)
    func ends(_ ledger: inout Ledger) throws -> (before: [Step], after: [Step]) {
      let steps = ledger.plan(now: 6000)
      let write = try #require(steps.firstIndex { if case .write = $0 { true } else { false } })
      func isEnd(_ step: Step) -> Bool { step == .kill(9) || [7, 8, 10].contains { step == .stop($0) } }
      return (steps[..<write].filter(isEnd), steps[write...].filter(isEnd))
    }
    let own = try ends(&ledger)
    #expect(own.before == [.kill(9), .stop(10)] && own.after == [.stop(7), .stop(8)])
    ledger.wanted?.vacated = [list.name]
    let others = try ends(&ledger)
    #expect(others.before == [.kill(9), .stop(7), .stop(10)] && others.after == [.stop(8)])
  }

  @Test func whoDiesAtOnceWaitsLongerEachTime() {
    var ledger = Ledger(linger: 0)
    ledger.wanted = Wanted(["net": "a"])
    ledger.files = ledger.wanted?.files ?? [:]
    let id = InstanceID(.network("net"), configuration: "a")
    var now: Int64 = 0
    for delay in [100, 200, 400] as [Int64] {
      #expect(ledger.plan(now: now) == [.start(id)])
      ledger.began(1, id, now: now)
      #expect(ledger.ended(1, now: now)?.isDeath == true)
      #expect(ledger.plan(now: now + delay - 1).isEmpty && ledger.nextDue(now: now) == now + delay)
      now += delay
    }
    ledger.began(1, id, now: now)
    _ = ledger.ended(1, now: now + 40_000)
    #expect(ledger.nextDue(now: now) == now + 40_100, "it had lived long")
  }

  @Test func namesAreForgottenInTheEnd() {
    let old = ServedName(network: "a", name: "old", address: 1)
    let taken = ServedName(network: "a", name: "taken", address: 2)
    let new = ServedName(network: "a", name: "new", address: 2)
    func listing(_ names: ServedName...) -> Listing { Listing(names: names, taken: Set(names.map(\.address))) }
    var memory = NameMemory(linger: 100)
    #expect(memory.serve(listing(old, taken), now: 0) == [old, taken])
    #expect(memory.serve(listing(old), now: 1) == [old], "the same netd says that it is gone")
    _ = memory.serve(listing(old, taken), now: 2)
    memory.startOver(now: 10)
    #expect(memory.serve(listing(new), now: 11) == [new, old])
    #expect(memory.forgetAt == 110)
    #expect(memory.serve(listing(new), now: 108) == [new, old])
    var other = memory
    var back = listing(new)
    back.released = [NamePlace(network: "a", name: "old")]
    #expect(other.serve(back, now: 109) == [new], "its owner has taken it back")
    #expect(memory.serve(listing(new), now: 109) == [new, old])
    #expect(memory.serve(listing(new), now: 110) == [new] && memory.forgetAt == nil)
  }

  /// A world in which everything happens at any time; what runs is always what may run, and in the end what should.
  @Test func aWorldComesToRest() {
    var random = SeededRandom("aWorldComesToRest")
    for _ in 0..<100 { Self.liveAndRest(&random) }
  }

  private static func liveAndRest(_ random: inout SeededRandom) {
    var world = World(linger: 500)
    for _ in 0..<200 {
      world.now += .random(in: 0...200, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0, 1: world.ledger.wanted = someWanted(&random)
      case 2: world.dieOne(&random)
      case 3: world.restart()
      default: break
      }
      world.settle(&random, areFailing: true)
      world.check()
    }
    for _ in 0..<200 {
      world.now = max(world.now + 50, world.ledger.nextDue(now: world.now) ?? 0)
      world.settle(&random, areFailing: false)
      world.check()
    }
    let wanted = world.ledger.wanted
    #expect(Set(world.processes.values.map(\.id)) == Set(wanted?.instances ?? []))
    #expect(world.disk == wanted?.files ?? [:])
    #expect(world.processes.values.allSatisfy { !$0.isBehind }, "somebody has not read the present files")
    #expect(world.ledger.plan(now: world.now).isEmpty && world.ledger.nextDue(now: world.now) == nil)
  }

  private static func someWanted(_ random: inout SeededRandom) -> Wanted {
    var texts: [String: String] = [:]
    for network in ["a", "b"] where Int.random(in: 0..<4, using: &random) > 0 {
      texts[network] = "net \(Int.random(in: 0..<3, using: &random))"
    }
    var wanted = Wanted(texts, hosts: "\(Int.random(in: 0..<3, using: &random))")
    var ports = Set<UInt16>()
    for id in 1...4 as ClosedRange<UInt32> where Bool.random(using: &random) {
      let port = UInt16.random(in: 1...4, using: &random)
      if ports.insert(port).inserted { wanted.add(profile: id, port, "list \(Int.random(in: 0..<2, using: &random))") }
    }
    return wanted
  }
}

/// Processes and files that are only numbers and texts.
private struct World {
  struct Process {
    let id: InstanceID
    var isEnding = false
    /// Whether its host file was changed since it read it.
    var isBehind = false
  }

  var ledger: Ledger
  let linger: Int64
  var now: Int64 = 0
  var disk: [String: String] = [:]
  var processes: [Int32: Process] = [:]
  private var nextPid: Int32 = 1

  init(linger: Int64) {
    self.linger = linger
    ledger = Ledger(linger: linger)
  }

  mutating func dieOne(_ random: inout SeededRandom) {
    guard let pid = processes.keys.sorted().randomElement(using: &random) else { return }
    processes[pid] = nil
    _ = ledger.ended(pid, now: now)
  }

  /// netdns is killed and comes back: all that it knows is what there is.
  mutating func restart() {
    let wanted = ledger.wanted
    ledger = Ledger(linger: linger)
    ledger.wanted = wanted
    ledger.files = disk
    for (pid, process) in processes { ledger.began(pid, process.id, now: now, isStale: true) }
  }

  mutating func settle(_ random: inout SeededRandom, areFailing: Bool) {
    for (pid, process) in processes where process.isEnding && Bool.random(using: &random) {
      processes[pid] = nil
      _ = ledger.ended(pid, now: now)
    }
    for step in ledger.plan(now: now) {
      // Killed in the middle of its work, or a full disk.
      if areFailing, Int.random(in: 0..<10, using: &random) == 0 { return }
      take(step)
    }
  }

  private mutating func take(_ step: Step) {
    switch step {
    case .write(let path, let text):
      disk[path] = text
      ledger.wrote(path, text)
      for (pid, process) in processes where path == "hosts/\(process.id.name.text)" { processes[pid]?.isBehind = true }
    case .remove(let path):
      #expect(!processes.values.contains { $0.id.file == path }, "the configuration of a process is removed")
      disk[path] = nil
      ledger.files[path] = nil
    case .start(let id):
      #expect(disk[id.file] != nil, "started without a configuration")
      processes[nextPid] = Process(id: id)
      ledger.began(nextPid, id, now: now)
      nextPid += 1
    case .reload(let pid):
      processes[pid]?.isBehind = false
      ledger.reloaded(pid)
    case .kill(let pid):
      processes[pid]?.isEnding = true
      ledger.stopped(pid, now: now)
    case .stop(let pid):
      #expect(ledger.wanted?.instances.contains { $0 == processes[pid]?.id } == false, "one is ended that is wanted")
      processes[pid]?.isEnding = true
      ledger.stopped(pid, now: now)
    }
  }

  func check() {
    let all = Array(processes.values)
    for (index, process) in all.enumerated() {
      #expect(!all[(index + 1)...].contains { $0.id.name.excludes(process.id.name) }, "two at one place")
    }
    #expect(Set(ledger.running.keys) == Set(processes.keys))
  }
}

extension Wanted {
  /// Networks with a configuration each and a host file.
  fileprivate init(_ networks: [String: String], hosts: String = "") {
    self.init()
    for (network, text) in networks.sorted(by: { $0.key < $1.key }) {
      let id = InstanceID(.network(network), configuration: text)
      instances.append(id)
      files[id.file] = text
      if !hosts.isEmpty {
        files["hosts/\(id.name.text)"] = hosts
        reread[id.name] = ["hosts/\(id.name.text)"]
      }
    }
  }

  fileprivate mutating func add(profile: UInt32, _ port: UInt16, _ text: String) {
    let id = InstanceID(.profile(id: profile, port: port), configuration: text)
    instances.append(id)
    files[id.file] = text
  }
}
