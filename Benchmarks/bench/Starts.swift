import Dispatch
import Failure
import Glibc
import IPC
import Linux

/// From the request for a VM to its hypervisor, and to its guest's agent.
enum Starts {
  /// Between two looks for the hypervisor, microseconds.
  private static let look: UInt32 = 100
  /// After so many nanoseconds there will be none.
  private static let timeout: UInt64 = 20_000_000_000

  /// - Parameter runtime: the supervisor's RuntimeDirectory, where the process of a VM is written down.
  static func exec(
    _ count: Int, socket: String, spec path: String, runtime: String, hypervisor: String
  ) async throws {
    let spec = try Files.readText(path)
    try await Supervisor.with(socket: socket) { supervisor in
      for round in -1..<count {
        let vm = Attachments.random()
        let note = "\(runtime)/vms/\(vm.text)/incarnation.json"
        let begun = Stopwatch.now()
        async let created: Void = supervisor.create(vm, spec: spec)
        let executed = await beside { watch(note, for: hypervisor) }
        try await created
        guard let executed else {
          throw Failure(
            .timeout, operation: "watch for", object: hypervisor, cause: "no process of \(vm.text) became it")
        }
        if round >= 0 { sample(begun, executed) }
        try await supervisor.remove(vm)
      }
    }
  }

  static func agent(_ count: Int, socket: String, spec path: String) async throws {
    let spec = try Files.readText(path)
    try await Supervisor.with(socket: socket) { supervisor in
      for _ in 0..<count {
        let vm = Attachments.random()
        let begun = Stopwatch.now()
        try await supervisor.create(vm, spec: spec)
        try await supervisor.wait(vm, for: "agent")
        sample(begun, Stopwatch.now())
        try await supervisor.remove(vm)
      }
    }
  }

  /// The calls go on while this thread looks.
  private static func beside(_ body: @escaping @Sendable () -> UInt64?) async -> UInt64? {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: body()) }
    }
  }

  /// When the process that `note` names was seen to be `hypervisor`; nil if timeout ran out.
  private static func watch(_ note: String, for hypervisor: String) -> UInt64? {
    let start = Stopwatch.now()
    var pid: Int32?
    while Stopwatch.now() - start < timeout {
      if pid == nil, let text = try? Files.readText(note) { pid = number(after: "\"pid\"", in: text) }
      if let pid, program(pid) == hypervisor { return Stopwatch.now() }
      Stopwatch.pause(look)
    }
    return nil
  }

  private static func number(after key: String, in text: String) -> Int32? {
    for line in text.split(separator: "\n") {
      let words = line.split { " :,".contains($0) }
      if words.count == 2, words[0] == key { return Int32(words[1]) }
    }
    return nil
  }

  private static func program(_ pid: Int32) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      guard let start = buffer.baseAddress else { return nil }
      let length = readlink("/proc/\(pid)/exe", start, buffer.count)
      guard length > 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
    }
  }
}
