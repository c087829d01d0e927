extension Failure {
  /// The parts of a node that a failure can concern. The raw value is the name on every wire and never changes.
  public enum Part: String, CaseIterable, Codable, Sendable {
    /// What the VM is to do, and what it does.
    case state
    /// One of its disks.
    case disk
    /// Kernel, initrd, firmware, seed or medium.
    case image
    /// Its network cards, their ports, bridges and names.
    case network
    /// The root helper.
    case netd
    /// The hypervisor's program.
    case hypervisor
    /// KVM or what stands for it.
    case accelerator
    /// The guest's agent.
    case agent
    /// Its health checks.
    case health
    /// Its restart policy.
    case restart
    /// What a hypervisor is locked in with.
    case confinement
    /// What it may take of the host.
    case limit
    /// Room on a file system.
    case space
    /// What is written down of it.
    case record
    /// The hypervisor as a process.
    case process
    /// The supervisor itself.
    case supervisor
  }

  /// The same, of `part` if nothing closer to the cause has said another.
  public func of(_ part: Part) -> Failure {
    guard self.part == nil else { return self }
    var failure = self
    failure.part = part
    return failure
  }

  /// Runs `body`, whose failures are of `part` if nothing closer to the cause has said another.
  public static func of<R: ~Copyable>(_ part: Part, _ body: () throws(Failure) -> R) throws(Failure) -> R {
    do throws(Failure) { return try body() } catch { throw error.of(part) }
  }

  /// The same for what waits, on the caller's actor.
  nonisolated(nonsending) public static func of<R>(
    _ part: Part, _ body: nonisolated(nonsending) () async throws(Failure) -> R
  ) async throws(Failure) -> R {
    do throws(Failure) { return try await body() } catch { throw error.of(part) }
  }
}
