import Failure
import Glibc
import Linux
import Synchronization

/// Users of the host that belong to the supervisor's own and run one VM each (subuid(5)).
///
/// A VM keeps its user as long as it exists and the supervisor knows it. Users own no files: everything comes to a
/// hypervisor as a descriptor, so one that is free can be given to the next VM as it is.
final class SubordinateUsers: Sendable {
  private struct State {
    var users: [String: UInt32] = [:]
    /// Why none can be had; nil as long as nothing failed.
    var obstacle: String?
  }

  /// Numbers that may be users and groups, ascending.
  private let numbers: [ClosedRange<UInt32>]
  private let state = Mutex(State())

  init(_ numbers: [ClosedRange<UInt32>]) { self.numbers = numbers }

  /// The tools that are allowed to map a user of another (newuidmap(1)).
  private static let tools = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"]

  /// Those of the user that this process runs as; none without the tools.
  static func gather() -> SubordinateUsers {
    guard tools.allSatisfy({ access($0, X_OK) == 0 }) else { return SubordinateUsers([]) }
    let uid = getuid()
    let name = getpwuid(uid).map { String(cString: $0.pointee.pw_name) } ?? ""
    func ranges(_ path: String) -> [ClosedRange<UInt32>] {
      SubordinateRange.parse((try? Files.readText(path)) ?? "", name: name, uid: uid)
    }
    return SubordinateUsers(SubordinateRange.common(ranges("/etc/subuid"), ranges("/etc/subgid")))
  }

  /// Whether there are any.
  var exist: Bool { !numbers.isEmpty }

  /// Whether that user is one of them.
  func has(_ user: UInt32) -> Bool { numbers.contains { $0.contains(user) } }

  /// The user of a VM; nil if there is none, or none left.
  func user(of vm: String) -> UInt32? {
    state.withLock { state in
      guard state.obstacle == nil else { return nil }
      if let user = state.users[vm] { return user }
      let taken = Set(state.users.values)
      let free = numbers.lazy.flatMap { $0 }.first { !taken.contains($0) }
      state.users[vm] = free
      return free
    }
  }

  /// Notes the user of a VM that was started in an earlier life of ours.
  func remember(_ user: UInt32, of vm: String) { state.withLock { $0.users[vm] = user } }

  /// The VM is no more.
  func forget(_ vm: String) { state.withLock { $0.users[vm] = nil } }

  /// Gives a process that waits in a new user namespace that user and group. Blocks for a few milliseconds.
  func map(_ user: UInt32, into pid: Int32) throws(Failure) {
    for tool in Self.tools {
      do throws(Failure) { try Self.run(tool, [String(pid), String(user), String(user), "1"]) } catch {
        // The next start does not try what cannot work.
        state.withLock { $0.obstacle = error.cause }
        throw error
      }
    }
  }

  private static func run(_ tool: String, _ arguments: [String]) throws(Failure) {
    let end: ProcessEnd?
    do throws(Errno) {
      let null = try Files.open("/dev/null", O_RDWR)
      let process = try ProcessHandle.spawn(
        tool, arguments: [tool] + arguments, environment: [],
        descriptors: [(null.raw, 0), (null.raw, 1), (null.raw, 2)])
      end = try process.reap(blocking: true)
    } catch {
      throw error.failure("map user", tool).of(.confinement)
    }
    guard end == .exited(0) else {
      throw Failure(
        .denied, part: .confinement, operation: "map user", object: tool,
        cause: "\(tool) refused (\(end.map { "\($0)" } ?? "no end")): is it setuid, and may this service gain rights?")
    }
  }
}

/// Numbers of users that belong to a user (subuid(5)): lines `NAME-OR-UID:FIRST:COUNT`.
enum SubordinateRange {
  static func parse(_ text: String, name: String, uid: UInt32) -> [ClosedRange<UInt32>] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, !fields[0].isEmpty, fields[0] == name || fields[0] == String(uid),
        let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0, first > 0
      else { return nil }
      let (last, overflow) = first.addingReportingOverflow(count - 1)
      return overflow || last == .max ? nil : first...last
    }
  }

  /// What is in both, ascending: users and groups of VMs have the same numbers.
  static func common(_ users: [ClosedRange<UInt32>], _ groups: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    users.flatMap { user in
      groups.compactMap { group in user.overlaps(group) ? user.clamped(to: group) : nil }
    }
    .sorted { $0.lowerBound < $1.lowerBound }
  }
}
