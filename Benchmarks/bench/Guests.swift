import Failure
import IPC
import Linux

/// What is done with a guest that runs: programs in it, and snapshots of it.
enum Guests {
  /// Rounds before the first that counts.
  private static let warmUp = 5

  /// A program that does nothing, from the call to the answer that it has ended.
  static func exec(_ count: Int, socket: String, spec path: String) async throws {
    try await with(socket, path) { supervisor, vm in
      for round in -warmUp..<count {
        let begun = Stopwatch.now()
        try await supervisor.exec(vm, "true")
        if round >= 0 { sample(begun, Stopwatch.now()) }
      }
    }
  }

  /// Snapshots with memory, each deleted before the next: how long the guest stands for one.
  /// - Parameter runtime: the supervisor's RuntimeDirectory, where a VM's spare monitor is.
  static func snapshot(_ count: Int, socket: String, spec path: String, runtime: String) async throws {
    try await with(socket, path) { supervisor, vm in
      let standing = try Standing(monitor: "\(runtime)/vms/\(vm.text)/qmp2")
      for _ in 0..<count {
        let snapshot = try await supervisor.createSnapshot(vm)
        say("\(try standing.nanoseconds())")
        try await supervisor.deleteSnapshot(snapshot, of: vm)
      }
    }
  }

  /// Volumes of a pool that is made for them, each deleted before the next.
  static func volume(_ count: Int, socket: String, folder: String) async throws {
    try await Supervisor.with(socket: socket) { supervisor in
      try await supervisor.makePool("bench", at: folder)
      for round in -1..<count {
        let begun = Stopwatch.now()
        try await supervisor.createVolume("v\(round + 1)", in: "bench", size: 1 << 30)
        if round >= 0 { sample(begun, Stopwatch.now()) }
        try await supervisor.deleteVolume("v\(round + 1)", in: "bench")
      }
    }
  }

  /// A VM whose agent answers; it is deleted afterwards.
  private static func with(
    _ socket: String, _ path: String, _ body: @Sendable (Supervisor, VMIdentity) async throws -> Void
  ) async throws {
    let spec = try Files.readText(path)
    try await Supervisor.with(socket: socket) { supervisor in
      let vm = Attachments.random()
      try await supervisor.create(vm, spec: spec)
      try await supervisor.wait(vm, for: "agent")
      try await body(supervisor, vm)
      try await supervisor.remove(vm)
    }
  }
}
