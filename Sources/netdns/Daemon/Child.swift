import Linux

/// A dnsmasq that is watched: a child of ours, or of a netdns before us.
final class Child {
  let handle: ProcessHandle

  init(_ handle: consuming ProcessHandle) { self.handle = handle }

  /// The number of its pidfd, readable when it has ended.
  var raw: Int32 { handle.descriptor.raw }

  /// Takes one over that was found; nil if it has ended meanwhile, so that the number is another's.
  static func adopt(_ found: Processes.Found, _ folder: String) -> Child? {
    guard let handle = try? ProcessHandle(pid: found.pid) else { return nil }
    // The descriptor names the process that is looked at now, whatever that number meant a moment ago.
    return Processes.look(found.pid, folder) == found ? Child(handle) : nil
  }

  /// How it ended.
  var end: String {
    switch try? handle.reap() {
    case .exited(let status): "ended with status \(status)"
    case .signalled(let number): "was ended by signal \(number)"
    case .unknown, nil: "has ended"
    }
  }
}
