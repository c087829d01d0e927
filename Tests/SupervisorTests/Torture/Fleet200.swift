import Failure
import Foundation
import Linux
import NodeAPI
import Seeded
import Synchronization
import Testing

@testable import NodeClient

/// Many VMs, and what each of them is requested to be.
final class Fleet200: Sendable {
  static let count = 200
  /// Names that all hypervisors of this fleet have, so that they are found.
  private static let prefix = "fleet"

  /// What a VM has to come to.
  private enum RequestedOperation: Sendable {
    case runs, rests
    /// The answer to the last command was lost: either.
    case unknown
  }

  private enum Deed: CaseIterable, Sendable { case start, stop, kill, pause, murder }

  private struct State: Sendable {
    var requests: [String: RequestedOperation] = [:]
    var trail: [String] = []
    var counts: [String: Int] = [:]
  }

  private let rig: Rig
  private let state = Mutex(State())
  private let names = (0..<count).map { "\(prefix)\($0)" }

  init(_ rig: Rig) { self.rig = rig }

  var told: [String] { state.withLock { $0.trail } }
  var history: String {
    state.withLock { $0.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" } }.joined(separator: ", ")
  }

  private func note(_ word: String, _ detail: String = "") {
    state.withLock { state in
      state.counts[word, default: 0] += 1
      state.trail.append("\(word) \(detail)")
    }
  }

  private func request(_ name: String, _ request: RequestedOperation) { state.withLock { $0.requests[name] = request } }

  /// Every third VM is to run for ever, every second one has a network card.
  private func document(_ number: Int) -> String {
    let policy = number % 3 == 0 ? "always, backoff: 1, maxBackoff: 1" : "never"
    return rig.bareSpec(
      names[number],
      extra: """
        agent: false
        restart: {policy: \(policy)}
        nics: [\(number % 2 == 0 ? "{network: default}" : "")]
        """)
  }

  private func isPersistent(_ name: String) -> Bool {
    Int(name.dropFirst(Self.prefix.count)).map { $0 % 3 == 0 } ?? false
  }

  // MARK: requests

  func create() async throws {
    try await together(Array(0..<Self.count)) { number, node in
      _ = try await node.call("create VM", within: NodeConnection.slow) {
        try await node.daemon.createVM(
          .with {
            $0.document = self.document(number)
            $0.documentOrigin = "test"
            $0.start = number % 4 != 0
          }, options: $0)
      }
      self.request(self.names[number], number % 4 == 0 ? .rests : .runs)
    }
    try await settle()
  }

  /// Some VMs get a command each while the supervisor is killed; then everything has to come to what was granted.
  func round(_ number: Int, _ random: inout SeededRandom) async throws {
    state.withLock { $0.trail.append("-- round \(number)") }
    var deeds: [(name: String, deed: Deed)] = []
    for name in names.shuffled(using: &random).prefix(60) {
      deeds.append((name, Deed.allCases.randomElement(using: &random) ?? .start))
    }
    let naps = (0..<2).map { _ in Duration.milliseconds(Int.random(in: 0...700, using: &random)) }
    let chosen = deeds
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await self.together(chosen) { await self.act($0.name, $0.deed, $1) }
      }
      for nap in naps {
        try await Task.sleep(for: nap)
        await rig.supervisor.kill9()
        try rig.executeSupervisor()
        note("supervisor killed")
      }
      try await group.waitForAll()
    }
    // Who got no answer, or was not asked because the connection was lost, may have come to either.
    try await eventually("the supervisor answers", within: 60) { await rig.cli("status").status == 0 }
    try await settle()
  }

  private func act(_ name: String, _ deed: Deed, _ node: NodeConnection) async {
    let before = state.withLock { $0.requests[name] ?? .unknown }
    request(name, .unknown)
    if deed == .murder { return murder(name, before) }
    do {
      switch deed {
      case .start:
        _ = try await node.call("start") { try await node.daemon.startVM(.with { $0.vmID = name }, options: $0) }
      case .stop:
        _ = try await node.call("stop") {
          try await node.daemon.stopVM(
            .with {
              $0.vmID = name
              $0.timeoutSeconds = 5
            }, options: $0)
        }
      case .kill:
        _ = try await node.call("kill") { try await node.daemon.forceStopVM(.with { $0.vmID = name }, options: $0) }
      case .pause:
        _ = try await node.call("pause") { try await node.daemon.pauseVM(.with { $0.vmID = name }, options: $0) }
        _ = try await node.call("resume") { try await node.daemon.resumeVM(.with { $0.vmID = name }, options: $0) }
      case .murder: break
      }
      request(name, deed == .start || deed == .pause ? .runs : .rests)
      note("\(deed)", name)
    } catch {
      // A refusal has changed nothing; everything else may have happened or not.
      if let failure = error as? Failure, failure.code == .state { request(name, before) }
      note("\(deed) failed", "\(name): \(error)")
    }
  }

  /// Ends a hypervisor behind the supervisor's back.
  private func murder(_ name: String, _ before: RequestedOperation) {
    guard let found = Hypervisors.running("\(name),").first else { return request(name, before) }
    kill(found.pid, SIGKILL)
    note("murder", name)
    request(name, before == .unknown ? .unknown : isPersistent(name) ? before : .rests)
  }

  // MARK: truth

  /// Waits until every VM is told about as it is, and is what it was requested to be.
  private func settle() async throws {
    var last = ""
    do {
      try await eventually("the fleet is as it was requested", within: 90) {
        last = try await difference() ?? ""
        return last.isEmpty
      }
    } catch {
      note("not settled:", last)
      throw error
    }
    note("settled")
  }

  /// What is not as it should be, in words; nil if everything is.
  private func difference() async throws -> String? {
    guard let vms = try? await listing() else { return "the supervisor does not answer" }
    let running = Hypervisors.running(Self.prefix)
    guard Set(running.map(\.vm)).count == running.count else {
      throw Torture.Broken(description: "a VM has two hypervisors: \(running)")
    }
    let requests = state.withLock { $0.requests }
    let processes = Dictionary(running.map { ($0.vm, $0.pid) }, uniquingKeysWith: { $1 })
    for vm in vms {
      let pid = processes[vm.vmID]
      switch vm.lifecycleState {
      case "running", "paused":
        guard pid == Int32(vm.pid) else { return "\(vm.name) is \(vm.lifecycleState), its process \(vm.pid) is not" }
        if requests[vm.name] == .rests { return "\(vm.name) runs and should rest" }
      case "pending", "stopped", "failed":
        guard pid == nil else { return "\(vm.name) is \(vm.lifecycleState) and has the process \(pid ?? 0)" }
        if requests[vm.name] == .runs { return "\(vm.name) is \(vm.lifecycleState) and should run" }
      default: return "\(vm.name) is \(vm.lifecycleState)"
      }
    }
    return vms.count == Self.count ? nil : "there are \(vms.count) VMs"
  }

  private func listing() async throws -> [Limiquantix_Node_V1_VMStatusResponse] {
    try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
      try await node.call("list VMs") { try await node.daemon.listVMs(.init(), options: $0) }.vms
    }
  }

  /// All at once by the command line.
  func remove() async throws {
    let words = ["delete", "--force"] + names
    let result = await Command.run(
      rig.bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
    #expect(result.status == 0, "\(result.error)")
    try await eventually("no hypervisor is left") { Hypervisors.running(Self.prefix).isEmpty }
  }

  private func together<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item, NodeConnection) async throws -> Void
  ) async throws {
    try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, item) in items.enumerated() {
          if index >= 16 { try await group.next() }
          group.addTask { try await body(item, node) }
        }
        try await group.waitForAll()
      }
    }
  }
}
