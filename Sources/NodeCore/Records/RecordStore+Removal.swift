import Failure
import Glibc
import Linux
import Storage

/// How VMs leave.
extension RecordStore {
  /// Takes a VM out of the world in one step, and then removes everything of it. What stays is a tombstone: its slots
  /// have still to be given up.
  /// - Returns: what could not be removed; the VM is gone all the same.
  /// - Throws: why it is still there.
  func remove(_ id: String) async throws(Failure) -> Failure? {
    let path = paths.vm(id)
    try await queue.run { [self] () throws(Failure) in
      try Self.checkLock(path.lock, of: id)
      let born = living.withLock { $0.removeValue(forKey: id) }
      do throws(Errno) { try entomb(path.state, id) } catch {
        living.withLock { $0[id] = born }
        throw error.stateFailure("remove", path.state)
      }
    }
    return await clear(id)
  }

  /// The same for a record that was set aside.
  func remove(_ record: Quarantined) async throws(Failure) -> Failure? {
    try await queue.run { [self] () throws(Failure) in
      try Self.checkLock(record.path + "/lock", of: record.id)
      do throws(Errno) { try entomb(record.path, record.id) } catch { throw error.stateFailure("remove", record.path) }
    }
    return await clear(record.id)
  }

  /// Refuses to take a VM's files from under a guest that nobody knows of.
  private static func checkLock(_ lock: String, of id: String) throws(Failure) {
    guard LockFile.isHeld(lock) else { return }
    throw Failure(
      .state, part: .record, operation: "delete", object: id, cause: "its guest may run: something holds \(lock)",
      remedy: "end the hypervisor with that lock (fuser \(lock)), then delete it again")
  }

  private func entomb(_ folder: String, _ id: String) throws(Errno) {
    let tombstone = paths.tombstone(id)
    try withRoom(for: .ending) { () throws(Errno) in if rename(folder, tombstone) != 0 { throw Errno(errno) } }
    try Files.syncFolder(of: tombstone)
  }

  private func clear(_ id: String) async -> Failure? {
    let path = paths.vm(id)
    let tombstone = paths.tombstone(id)
    do throws(Errno) { try await removePoolImages(of: id, below: tombstone) } catch {
      return Self.isLeft(error, in: tombstone)
    }
    do throws(Failure) {
      try await removals.run { () throws(Failure) in
        do throws(Errno) {
          try Files.removeFolder(path.runtime)
          for name in try Files.names(in: tombstone) {
            let entry = tombstone + "/" + name
            if unlink(entry) != 0 { try Files.removeFolder(entry) }
          }
        } catch {
          // Another deletion has given up these slots too by now, and removed what was left.
          guard error.code != ENOENT else { return }
          throw Self.isLeft(error, in: tombstone)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  private static func isLeft(_ error: Errno, in tombstone: String) -> Failure {
    error.failure("remove", tombstone, remedy: "it is tried again every minute; see to permissions there").of(.record)
  }

  /// Ids of deleted VMs whose slots have still to be given up.
  func tombstones() -> [String] {
    ((try? Files.names(in: paths.vms)) ?? []).filter { $0.hasPrefix(Paths.tombstonePrefix) }
      .map { String($0.dropFirst(Paths.tombstonePrefix.count)) }
  }

  /// Whether a deleted VM still has images in pools, which are away: as long as that is so its record stays, which says what is to
  /// be removed there.
  func waitsForPools(_ id: String) -> Bool {
    guard let record = try? Self.read(paths.tombstone(id) + "/vm.json", id: id) else { return false }
    return !record.allPoolFolders.isEmpty
  }

  /// Removes a tombstone: nothing is left of the VM.
  func removeTombstone(_ id: String) async {
    let tombstone = paths.tombstone(id)
    do throws(Errno) { try await removePoolImages(of: id, below: tombstone) } catch { return }
    try? Files.removeFolder(tombstone)
  }

  /// How long a pool is waited for.
  private static let poolLimit: Duration = .seconds(10)

  /// Removes the images that were made for a VM in pools, as its record says, which is there until they are gone. A pool whose file
  /// system hangs holds a thread, and nobody else.
  /// - Parameter place: where the record is now.
  private func removePoolImages(of id: String, below place: String) async throws(Errno) {
    guard let record = try? Self.read(place + "/vm.json", id: id) else { return }
    for folder in record.allPoolFolders where folder.hasSuffix("/\(StoragePool.vmFolder)/\(id)") {
      guard emptying.withLock({ $0.insert(folder).inserted }) else { throw Errno(EHOSTDOWN) }
      let code = await BlockingQueue("pool images").run(within: Self.poolLimit) { [emptying] () -> Int32 in
        defer { emptying.withLock { _ = $0.remove(folder) } }
        // Not there: its file system is away, and the image with it.
        guard Files.exists(String(folder.dropLast(id.utf8.count + 1))) else { return EHOSTDOWN }
        do throws(Errno) { try Files.removeFolder(folder) } catch { return error.code }
        return 0
      }
      if let code, code == 0 { continue }
      throw Errno(code ?? EHOSTDOWN)
    }
  }

  /// Removes what earlier lives of ours left below the runtime folder.
  /// - Parameter known: VMs that look after their own, and those that were set aside.
  func clearRuntime(except known: Set<String>) {
    for id in (try? Files.names(in: paths.running)) ?? [] where !known.contains(id) {
      try? Files.removeFolder(paths.vm(id).runtime)
    }
  }
}
