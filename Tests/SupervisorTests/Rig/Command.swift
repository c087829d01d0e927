import CLinux
import Dispatch
import Glibc
import Linux
import Synchronization

@testable import vmsupervisor

/// Short-lived programs that a test runs.
enum Command {
  struct Result: Sendable {
    var status: Int32
    /// Standard output, byte for byte.
    var bytes: [UInt8]
    var error: String

    /// The same as text.
    var output: String { String(decoding: bytes, as: UTF8.self) }
  }

  /// Runs a program to its end, off the threads that tests run on.
  static func run(
    _ path: String, _ words: [String], environment: [String: String] = [:], input: String? = nil
  ) async -> Result {
    await run(path, words, environment: environment, bytes: input.map { Array($0.utf8) })
  }

  /// The same with an input that need not be text.
  static func run(
    _ path: String, _ words: [String], environment: [String: String] = [:], bytes: [UInt8]?
  ) async -> Result {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: blocking(path, words, environment, bytes)) }
    }
  }

  /// Runs what has to succeed for a test to make sense.
  @discardableResult
  static func must(_ path: String, _ words: String...) throws -> String {
    let result = blocking(path, words, [:], nil)
    if result.status != 0 { throw Failed(words: [path] + words, result: result) }
    return result.output
  }

  struct Failed: Error, CustomStringConvertible {
    var words: [String]
    var result: Result
    var description: String { "\(words.joined(separator: " ")): status \(result.status): \(result.error)" }
  }

  /// Output goes to files in memory: no pipe that a grandchild could hold open.
  private static func blocking(
    _ path: String, _ words: [String], _ environment: [String: String], _ input: [UInt8]?
  ) -> Result {
    do {
      let output = Descriptor(owning: try Errno.check(clinux_memfd("output")))
      let error = Descriptor(owning: try Errno.check(clinux_memfd("error")))
      let typed = Descriptor(owning: try Errno.check(clinux_memfd("input")))
      try Files.writeAll(input ?? [], to: typed.raw)
      lseek(typed.raw, 0, SEEK_SET)
      let process = try ProcessHandle.spawn(
        path, arguments: [path] + words, environment: childEnvironment(environment),
        descriptors: [(typed.raw, 0), (output.raw, 1), (error.raw, 2)])
      let status: Int32 =
        switch try process.reap(blocking: true) {
        case .exited(let code): code
        case .signalled(let number): 128 + number
        default: -1
        }
      return Result(status: status, bytes: read(output.raw), error: String(decoding: read(error.raw), as: UTF8.self))
    } catch {
      return Result(status: -1, bytes: [], error: "\(error)")
    }
  }

  private static func read(_ descriptor: Int32) -> [UInt8] {
    var status = stat()
    fstat(descriptor, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let got = pread(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, got)))
  }

  /// The environment of children.
  static func childEnvironment(_ more: [String: String]) -> [String] {
    ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/", "SWIFT_BACKTRACE=enable=no"]
      + more.map { "\($0.key)=\($0.value)" }
  }
}

/// A daemon that a test starts, kills and starts again.
final class Daemon: Sendable {
  let log: String
  private let slot = Mutex(Slot())

  private struct Slot: ~Copyable {
    var process: ProcessHandle?
    var pid: Int32 = 0
  }

  init(log: String) { self.log = log }

  func start(_ words: [String]) throws {
    let file = try Files.open(log, O_WRONLY | O_CREAT | O_APPEND)
    let null = try Files.open("/dev/null", O_RDWR)
    let process = try ProcessHandle.spawn(
      words[0], arguments: words, environment: Command.childEnvironment([:]),
      descriptors: [(null.raw, 0), (file.raw, 1), (file.raw, 2)])
    let cell = ProcessCell(process)
    slot.withLock {
      $0.process = cell.take()
      $0.pid = cell.pid
    }
  }

  var pid: Int32 { slot.withLock { $0.pid } }

  /// Whether it runs; one that has ended is reaped.
  var isAlive: Bool {
    slot.withLock { slot in
      guard let ended = try? slot.process?.reap() else { return slot.process != nil }
      _ = ended
      slot.process = nil
      return false
    }
  }

  /// As a crash would.
  func kill9() async {
    guard isAlive else { return }
    kill(pid, SIGKILL)
    while isAlive { try? await Task.sleep(for: .milliseconds(2)) }
  }

  func stop() async {
    guard isAlive else { return }
    kill(pid, SIGTERM)
    for _ in 0..<500 where isAlive { try? await Task.sleep(for: .milliseconds(10)) }
    if isAlive { await kill9() }
  }
}

/// Carries a process handle across a closure.
private final class ProcessCell: Sendable {
  let pid: Int32
  private let handle: Mutex<ProcessHandle?>

  init(_ process: consuming ProcessHandle) {
    pid = process.pid
    handle = Mutex(process)
  }

  func take() -> ProcessHandle? { handle.withLock { $0.take() } }
}
