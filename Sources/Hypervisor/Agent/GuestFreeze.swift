package import Failure
import Text

/// Freezing a guest's file systems (qga/qapi-schema.json of QEMU): while they are frozen, whoever writes waits, and the agent
/// does nothing but thaw them.
extension GuestAgent {
  /// Freezes file systems: what was written is on the disks then, and nothing more is written.
  /// - Parameters:
  ///   - mounts: where they are mounted; nil for all that the agent knows.
  ///   - timeout: for writing out what is in the guest's memory.
  /// - Returns: how many it froze.
  package func freeze(_ mounts: [String]?, timeout: Duration) async throws(Failure) -> Int {
    let answer: JSON
    if let mounts {
      let list = JSON.array(mounts.map(JSON.string))
      answer = try await request("guest-fsfreeze-freeze-list", arguments: ["mountpoints": list], timeout: timeout)
    } else {
      answer = try await request("guest-fsfreeze-freeze", timeout: timeout)
    }
    return try Self.count(answer, "guest-fsfreeze-freeze")
  }

  /// Thaws all file systems, whoever froze them.
  /// - Returns: how many were frozen until now. Fewer than were frozen: somebody else has thawed them before.
  package func thaw(timeout: Duration = .seconds(10)) async throws(Failure) -> Int {
    try Self.count(try await request("guest-fsfreeze-thaw", timeout: timeout), "guest-fsfreeze-thaw")
  }

  private static func count(_ answer: JSON, _ command: String) throws(Failure) -> Int {
    guard let count = answer.integer, count >= 0 else { throw malformed(command) }
    return Int(clamping: count)
  }

  /// The guest's file systems that are on disks (`guest-get-fsinfo`), at most `GuestFileSystem.most` of them.
  package func fileSystems(timeout: Duration = .seconds(10)) async throws(Failure) -> [GuestFileSystem] {
    GuestFileSystem.list(try await request("guest-get-fsinfo", timeout: timeout))
  }
}
