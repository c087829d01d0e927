package import Failure
package import Hypervisor
import Text

/// Snapshots in the images of a running QEMU (QAPI: `migration.json`, `block-core.json`, `transaction.json`).
extension QEMUMachine {
  /// What QEMU calls what is done with a snapshot.
  private enum Work: String, CaseIterable {
    case save, load, delete

    var command: String { "snapshot-\(rawValue)" }
    func job(_ name: String) -> String { "\(rawValue)-\(name)" }
  }

  package func snapshots() async throws(Failure) -> [Device: Set<String>] {
    var found: [Device: Set<String>] = [:]
    for (name, node) in try await monitor.disks() {
      if let device = QEMUCommand.device(node: name) { found[device] = node.snapshots }
    }
    return found
  }

  package func settleSnapshot(_ name: String) async throws(Failure) {
    let known = Set(try await monitor.queryJobs().map(\.id))
    // What it came to shows in the images.
    for work in Work.allCases where known.contains(work.job(name)) { _ = try await end(of: work.job(name)) }
  }

  package func saveSnapshot(_ name: String, of disks: [Device], memory: Device?) async throws(Failure) {
    if let memory { return try await run(.save, name, disks, memory: memory) }
    let actions = nodes(disks).map { node -> JSON in
      ["type": "blockdev-snapshot-internal-sync", "data": ["device": node, "name": .string(name)]]
    }
    try await monitor.execute(
      "transaction", arguments: ["actions": .array(actions)], timeout: QMPClient.jobSilence)
  }

  package func loadSnapshot(_ name: String, of disks: [Device], memory: Device) async throws(Failure) {
    try await run(.load, name, disks, memory: memory)
  }

  package func deleteSnapshot(_ name: String, of disks: [Device]) async throws(Failure) {
    if !disks.isEmpty { try await run(.delete, name, disks) }
  }

  private func nodes(_ disks: [Device]) -> [JSON] {
    disks.compactMap { disk in
      if case .disk(let number) = disk { .string(QEMUCommand.diskNode(number)) } else { nil }
    }
  }

  private func run(
    _ work: Work, _ name: String, _ disks: [Device], memory: Device? = nil
  ) async throws(Failure) {
    let id = work.job(name)
    var arguments: [String: JSON] = [
      "job-id": .string(id), "tag": .string(name), "devices": .array(nodes(disks)),
    ]
    if let memory { arguments["vmstate"] = nodes([memory]).first }
    // Its answer can come after the work: QEMU does nothing else meanwhile.
    try await monitor.execute(work.command, arguments: .object(arguments), timeout: QMPClient.jobSilence)
    guard let why = try await end(of: id) else { return }
    throw Failure(.system, part: .hypervisor, operation: "\(work.rawValue) snapshot", object: name, cause: why)
  }

  /// Follows a job to its end, and forgets it.
  /// - Returns: why it could not do its work; nil if it could.
  private func end(of id: String) async throws(Failure) -> String? {
    let (jobs, changes) = (jobs, jobs.listen())
    // An event can be lost with the connection, or with those beyond the most that are kept.
    let look = Task {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        jobs.ring()
      }
    }
    defer { look.cancel() }
    for await _ in changes {
      guard let job = try await monitor.queryJobs().first(where: { $0.id == id }) else {
        return "its job is gone, and nobody knows how it ended"
      }
      guard job.isConcluded else { continue }
      try await monitor.dismissJob(id)
      return job.error
    }
    throw Failure(.unavailable, part: .hypervisor, operation: "follow job", object: id, cause: "cancelled")
  }
}
