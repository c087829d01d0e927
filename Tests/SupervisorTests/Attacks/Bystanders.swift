import Foundation
import GRPCCore
import Linux
import NodeAPI
import Synchronization
import Testing

@testable import NodeClient
@testable import NodeCore

/// Those who only want to do their work while somebody attacks: they ask for the state of all VMs and attach to a console,
/// each time over a new connection, as the command line does. What they met is printed, with what it cost the supervisor.
struct Bystanders {
  let rig: Rig
  /// A VM that runs, to whose console nobody else attaches.
  let vm: String

  /// Runs an attack until it returns, and tells what others met meanwhile.
  /// - Returns: the most memory that the supervisor had, bytes.
  @discardableResult
  func watch(_ name: String, _ attack: @Sendable () async throws -> Void) async throws -> UInt64 {
    let pid = rig.supervisor.pid
    let before = Cost(pid)
    let run = Run()
    let (status, attach) = (Times(), Times())
    // Who attaches as the second is told of the first at once.
    let first = try Terminal(rig, "console", vm, "--history", "none")
    try await first.sees("attached to")
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { while !run.isOver { try await status.take { try await askState() } } }
      group.addTask { while !run.isOver { try await attach.take { try await attachOnce() } } }
      group.addTask {
        while !run.isOver {
          run.note(Cost(pid).memory)
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      defer { run.end() }
      try await attack()
      run.end()
      try await group.waitForAll()
    }
    let seconds = Double((ContinuousClock.now - start).milliseconds) / 1000
    first.hangUp()
    let after = Cost(pid)
    let most = max(run.most, before.memory, after.memory)
    print(
      "\(name): \(String(format: "%.1f", seconds)) s; others: status \(status), attach \(attach); supervisor: "
        + "memory \(before.memory >> 20) MiB before, \(most >> 20) at most, \(after.memory >> 20) after; "
        + "processor \(String(format: "%.0f", 100 * (after.seconds - before.seconds) / seconds)) %")
    return most
  }

  /// Whether the attack goes on, and the most memory that was seen.
  private final class Run: Sendable {
    private let state = Mutex((isOver: false, most: UInt64(0)))
    var isOver: Bool { state.withLock { $0.isOver } }
    var most: UInt64 { state.withLock { $0.most } }
    func end() { state.withLock { $0.isOver = true } }
    func note(_ memory: UInt64) { state.withLock { $0.most = max($0.most, memory) } }
  }

  private var socket: String { rig.folder + "/run/vmsupervisor.sock" }

  private func askState() async throws {
    try await NodeConnection.with(socket: socket) { node in
      _ = try await node.call("list VMs") { try await node.daemon.listVMs(.init(), options: $0) }
    }
  }

  private func attachOnce() async throws {
    try await NodeConnection.with(socket: socket) { node in
      try await node.node.attachConsole { writer in
        try await writer.write(
          .with { message in
            message.open = .with {
              ($0.vm, $0.yield, $0.who) = (vm, true, "second")
              $0.historyLines = 0
            }
          })
        try? await Task.sleep(for: .seconds(3600))
      } onResponse: { response in
        for try await output in response.messages where !output.notice.isEmpty { return }
      }
    }
  }
}

/// How long something took, again and again.
final class Times: Sendable, CustomStringConvertible {
  private let all = Mutex<[Double]>([])

  func take(_ body: () async throws -> Void) async throws {
    let start = ContinuousClock.now
    try await body()
    all.withLock { $0.append(Double((ContinuousClock.now - start).milliseconds)) }
  }

  var count: Int { all.withLock { $0.count } }

  var description: String {
    let sorted = all.withLock { $0.sorted() }
    guard let last = sorted.last else { return "never" }
    func part(_ share: Double) -> Int { Int(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) }
    return "\(sorted.count) times, p50 \(part(0.5)) ms, p99 \(part(0.99)) ms, most \(Int(last)) ms"
  }
}

/// What a process has taken so far.
struct Cost {
  /// Bytes in memory.
  var memory: UInt64 = 0
  /// Processor time.
  var seconds = 0.0

  init(_ pid: Int32) {
    let pages = (try? Files.readText("/proc/\(pid)/statm"))?.split(separator: " ").dropFirst().first
    memory = (pages.flatMap { UInt64($0) } ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    // Fields 14 and 15 of proc(5), behind the name in parentheses.
    let fields = (try? Files.readText("/proc/\(pid)/stat"))?.split(separator: ")").last?.split(separator: " ") ?? []
    let ticks = [11, 12].compactMap { $0 < fields.count ? Double(fields[$0]) : nil }.reduce(0, +)
    seconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
