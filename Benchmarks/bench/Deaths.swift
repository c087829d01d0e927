import Failure
import Glibc
import IPC
import Linux

/// From the death of a hypervisor to the state `failed`.
enum Deaths {
  /// The firmware has given up by then, so that every process dies in the same state; the floor waits as long.
  private static let boot = Duration.milliseconds(300)

  static func measure(_ count: Int, socket: String, spec path: String) async throws {
    let spec = try Files.readText(path)
    let vm = Attachments.random()
    try await Supervisor.with(socket: socket) { supervisor in
      try await supervisor.create(vm, spec: spec)
      for round in -1..<count {
        let process = try ProcessHandle(pid: try await supervisor.pid(vm))
        async let failed: Void = supervisor.wait(vm, for: "failed")
        try await Task.sleep(for: boot)
        let begun = Stopwatch.now()
        try process.signal(SIGKILL)
        try await failed
        if round >= 0 { sample(begun, Stopwatch.now()) }
        try await supervisor.start(vm)
      }
      try await supervisor.remove(vm)
    }
  }
}

/// Many VMs at a time, for what they cost the supervisor.
enum Crowd {
  static func run(_ count: Int, socket: String, spec path: String) async throws {
    let spec = try Files.readText(path)
    let vms = (0..<count).map { _ in Attachments.random() }
    try await Supervisor.with(socket: socket) { supervisor in
      for vm in vms { try await supervisor.create(vm, spec: spec) }
    }
    // Nobody is connected while they are weighed.
    say("ready")
    waitForEnd()
    try await Supervisor.with(socket: socket) { supervisor in
      for vm in vms { try await supervisor.remove(vm) }
    }
  }
}
