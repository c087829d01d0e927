import CLinux
import Glibc

/// How a process ended (`waitid(2)`).
public enum ProcessEnd: Hashable, Sendable {
  /// It called exit with this status, 0 to 255.
  case exited(Int32)
  /// A signal of this number ended it.
  case signalled(Int32)
  /// It is gone, and it was not our child, so nobody told us how.
  case unknown
}

/// What a process can use (setrlimit(2)); 0 leaves what is.
public struct ProcessLimits: Hashable, Sendable {
  /// Seconds of processor time, RLIMIT_CPU.
  public var processorSeconds: UInt64
  /// Bytes of address space, RLIMIT_AS.
  public var addressSpace: UInt64

  /// Makes limits.
  public init(processorSeconds: UInt64 = 0, addressSpace: UInt64 = 0) {
    self.processorSeconds = processorSeconds
    self.addressSpace = addressSpace
  }
}

/// A child or foreign process, named by a pidfd so that a reused pid can never be meant.
public struct ProcessHandle: ~Copyable, Sendable {
  /// The process id, for people and `/proc`.
  public let pid: Int32
  /// The pidfd; readable when the process has ended.
  public let descriptor: Descriptor

  /// Opens a handle on a running process.
  public init(pid: Int32) throws(Errno) {
    self.pid = pid
    descriptor = Descriptor(owning: try Errno.check(clinux_pidfd_open(pid)))
  }

  init(pid: Int32, descriptor: consuming Descriptor) {
    self.pid = pid
    self.descriptor = descriptor
  }

  /// Sends a signal. ESRCH if the process has ended.
  public func signal(_ number: Int32) throws(Errno) { try Errno.check(clinux_pidfd_signal(descriptor.raw, number)) }

  /// Reaps a child that has ended; nil while it runs.
  public func reap(blocking: Bool = false) throws(Errno) -> ProcessEnd? {
    var code: Int32 = 0
    var bySignal: Int32 = 0
    switch clinux_pidfd_reap(descriptor.raw, &code, &bySignal, blocking ? 1 : 0) {
    case 0: return nil
    case 1: return bySignal == 0 ? .exited(code) : .signalled(code)
    case -ECHILD: return .unknown
    case let other: throw Errno(-other)
    }
  }

  /// Starts a program.
  /// - Parameters:
  ///   - descriptors: which open descriptor the child finds at which number; everything else from 3 on is closed.
  ///   - limits: what it, and whatever it executes, can use at most.
  ///   - newSession: whether the child leads a session of its own and so survives this process's terminal.
  /// - Throws: the reason why the program could not be executed.
  public static func spawn(
    _ path: String, arguments: [String], environment: [String],
    descriptors: [(source: Int32, target: Int32)], newSession: Bool = false, limits: ProcessLimits = ProcessLimits()
  ) throws(Errno) -> ProcessHandle {
    var pid: Int32 = 0
    var pidfd: Int32 = -1
    let result = withCStrings(arguments) { argv in
      withCStrings(environment) { envp in
        path.withCString { program in
          var plan = clinux_spawn()
          plan.path = program
          plan.argv = argv
          plan.envp = envp
          plan.count = descriptors.count
          plan.new_session = newSession ? 1 : 0
          plan.cpu_seconds = limits.processorSeconds
          plan.address_space = limits.addressSpace
          let sources = descriptors.map(\.source)
          let targets = descriptors.map(\.target)
          return sources.withUnsafeBufferPointer { from in
            targets.withUnsafeBufferPointer { to in
              plan.sources = from.baseAddress
              plan.targets = to.baseAddress
              return clinux_spawn(&plan, &pid, &pidfd)
            }
          }
        }
      }
    }
    try Errno.check(result)
    return ProcessHandle(pid: pid, descriptor: Descriptor(owning: pidfd))
  }
}

/// Calls `body` with a NULL-terminated array of C strings, as `execve(2)` wants it.
public func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
    return body(start)
  }
}
