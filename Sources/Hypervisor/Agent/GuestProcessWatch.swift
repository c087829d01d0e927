import Failure

/// Whether a program that the agent says runs has ended in truth: it says so only when the program's outputs are closed,
/// and what the program started may hold them.
package struct GuestProcessWatch: Sendable {
  /// A look at the guest's process table.
  package enum Sight: Hashable, Sendable {
    case lives
    case gone
    /// The guest has no such table, or its agent does not read files.
    case unknown
  }

  /// It has ended, and the agent was asked since.
  package private(set) var isHeld = false
  private var isSuspected = false
  private var isOver = false
  private var next: ContinuousClock.Instant
  private var interval = Duration.seconds(1)

  /// Begins a second from now: most programs have ended by then.
  init(now: ContinuousClock.Instant = .now) { next = now + interval }

  /// Whether it is time to look.
  /// - Parameter deadline: after that there is no need.
  package func isDue(now: ContinuousClock.Instant = .now, before deadline: ContinuousClock.Instant?) -> Bool {
    !isHeld && !isOver && now >= next && deadline.map { now < $0 } ?? true
  }

  /// Takes what was seen.
  mutating func saw(_ sight: Sight, now: ContinuousClock.Instant = .now) {
    interval = min(interval * 2, .seconds(8))
    next = now + interval
    switch sight {
    case .lives: break
    case .gone: isSuspected = true
    case .unknown: isOver = true
    }
  }

  /// The agent was asked after the look, and does not know of an end.
  /// - Returns: whether it is news that something else holds the output.
  mutating func confirm() -> Bool {
    guard isSuspected, !isHeld else { return false }
    isHeld = true
    return true
  }

  /// What a line of `/proc/PID/stat` says (proc_pid_stat(5)): the state is the first word after the name, which is in
  /// parentheses and may have any character in it.
  static func sight(_ line: [UInt8]) -> Sight {
    guard let end = line.lastIndex(of: UInt8(ascii: ")")), end + 2 < line.count else { return .unknown }
    let state = line[end + 2]
    return state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") ? .gone : .lives
  }
}

extension GuestAgent {
  /// Looks at a process of a Linux guest.
  package func process(_ pid: Int64, _ deadline: ContinuousClock.Instant?) async -> GuestProcessWatch.Sight {
    do throws(Failure) {
      return GuestProcessWatch.sight(try await read("/proc/\(pid)/stat", from: 0, limit: 4096, deadline: deadline).data)
    } catch {
      guard error.code == .system, error.cause.hasSuffix("No such file or directory") else { return .unknown }
      // Only where there is such a table does a missing entry say something.
      let own = try? await read("/proc/self/stat", from: 0, limit: 4096, deadline: deadline)
      return own.map { GuestProcessWatch.sight($0.data) } == .lives ? .gone : .unknown
    }
  }
}
