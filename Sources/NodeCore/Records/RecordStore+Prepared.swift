import Failure
import Glibc
import Linux

/// VMs that come with their images.
extension RecordStore {
  /// Makes an empty folder in which the images of a VM are prepared that does not exist yet.
  func prepare(_ id: String) async throws(Failure) -> String {
    let folder = paths.restoring + "/" + id
    try await queue.run { [paths] () throws(Failure) in
      do throws(Errno) {
        try Files.makeFolders(paths.restoring)
        if mkdir(folder, 0o700) != 0 { throw Errno(errno) }
      } catch {
        throw error.stateFailure("make folder", folder)
      }
    }
    return folder
  }

  /// Removes it: there is to be no such VM.
  func discard(prepared folder: String) async {
    await removals.run { try? Files.removeFolder(folder) }
  }

  /// Removes what was being prepared when an earlier life of ours ended.
  func clearPrepared() { try? Files.removeFolder(paths.restoring) }

  /// Writes the record of a VM beside its images, and gives it its place: it is there with all of it, or not at all.
  func add(_ record: Record, from prepared: String) async throws(Failure) {
    let place = paths.vm(record.id).state
    let content = try Self.bytes(of: record)
    try await queue.run { [self] () throws(Failure) in
      do throws(Errno) {
        try Files.replace(prepared + "/vm.json", with: content)
        try Files.syncFolder(of: prepared + "/vm.json")
        if rename(prepared, place) != 0 { throw Errno(errno) }
        try Files.syncFolder(of: place)
        try Files.syncFolder(of: prepared)
      } catch {
        throw error.stateFailure("write record", place)
      }
      living.withLock { $0[record.id] = record.createdAt }
    }
  }
}
