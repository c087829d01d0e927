import Failure
import Glibc
import IPC
import Linux

/// A host with many VMs: what its supervisor needs to find them again and to tell about them.
enum Fleets {
  /// VMs that are asked for at a time; how many are started at a time is the supervisor's choice.
  private static let atOnce = 32

  /// Creates and starts VMs and leaves them running.
  static func fill(_ count: Int, socket: String, spec path: String) async throws {
    let spec = try Files.readText(path)
    try await Supervisor.with(socket: socket) { supervisor in
      try await crowd((0..<count).map { _ in Attachments.random() }) { try await supervisor.create($0, spec: spec) }
    }
  }

  /// Ends and deletes all.
  static func clear(socket: String) async throws {
    try await Supervisor.with(socket: socket) { supervisor in
      let vms = try await supervisor.list().vms.compactMap { VMIdentity($0.vmID) }
      try await crowd(vms) { try await supervisor.remove($0) }
    }
  }

  /// Kills the supervisor and starts it again: from its execution to the answer that shows every VM with its process.
  /// - Parameter words: its command line.
  static func adopt(_ rounds: Int, _ count: Int, socket: String, words: [String]) async throws {
    var process = try start(words)
    do {
      _ = try await answer(count, socket)
      for _ in 0..<rounds {
        try process.signal(SIGKILL)
        _ = try process.reap(blocking: true)
        let begun = Stopwatch.now()
        process = try start(words)
        sample(begun, try await answer(count, socket))
      }
    } catch {
      try process.signal(SIGKILL)
      throw error
    }
    try process.signal(SIGTERM)
    _ = try process.reap(blocking: true)
  }

  /// The same call on one connection again and again.
  static func list(_ rounds: Int, _ count: Int, at endpoint: Endpoint) async throws {
    try await Supervisor.with(endpoint) { supervisor in
      for round in -3..<rounds {
        let begun = Stopwatch.now()
        try await check(supervisor, count)
        if round >= 0 { sample(begun, Stopwatch.now()) }
      }
    }
  }

  private static func start(_ words: [String]) throws -> ProcessHandle {
    try ProcessHandle.spawn(
      words[0], arguments: words, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "SWIFT_BACKTRACE=enable=no"],
      descriptors: [(2, 2)])
  }

  /// When the supervisor has shown all VMs. Nobody listens at first.
  private static func answer(_ count: Int, _ socket: String) async throws -> UInt64 {
    let until = Stopwatch.now() + 60_000_000_000
    while (try? UnixSocket.connect(socket, .stream)) == nil {
      guard Stopwatch.now() < until else {
        throw Failure(.timeout, operation: "reach supervisor", object: socket, cause: "it does not listen")
      }
      Stopwatch.pause(200)
    }
    try await Supervisor.with(socket: socket) { try await check($0, count) }
    return Stopwatch.now()
  }

  private static func check(_ supervisor: Supervisor, _ count: Int) async throws {
    let running = try await supervisor.list().vms.filter { vm in
      vm.lifecycleState == "running" && vm.pid != 0 && !vm.warnings.contains { $0.id == "monitor" }
    }
    guard running.count == count else {
      throw Failure(.state, operation: "list VMs", cause: "\(running.count) of \(count) run and answer")
    }
  }

  private static func crowd(
    _ vms: [VMIdentity], _ body: @escaping @Sendable (VMIdentity) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, vm) in vms.enumerated() {
        if index >= atOnce { try await group.next() }
        group.addTask { try await body(vm) }
      }
      try await group.waitForAll()
    }
  }
}
