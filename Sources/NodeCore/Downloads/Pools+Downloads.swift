package import Failure
import Glibc
import Linux
import Storage

/// What downloads take of pools, and what becomes of images.
extension Pools {
  /// Promises so much for what is being made, in the place of what was promised for it.
  func promise(
    _ bytes: UInt64, for what: String, in id: String, uses: @escaping @Sendable () async -> [DiskUse],
    _ operation: String
  ) async throws(Failure) {
    try await alone { () async throws(Failure) in
      await self.change(what, in: id, to: 0)
      try await self.check(id, more: bytes, field: "image", uses: await uses(), operation)
      await self.change(what, in: id, to: bytes)
    }
  }

  /// The pool that a request names: by its id, or by the path of its folder or of the one of images in it.
  package func pool(ofDownload id: String, folder: String) throws(Failure) -> String {
    let operation = Downloads.operation
    guard !folder.isEmpty else { return try find(id, operation).id }
    let path = try PoolPath.normal(folder, operation, field: "target_dir")
    guard let pool = all().first(where: { path == $0.path || path == $0.path + "/" + StoragePool.imageFolder }) else {
      throw Failure(
        .invalid, part: .image, operation: operation, object: "target_dir `\(path)`",
        cause: "it is neither the folder of a pool nor the folder images in one",
        remedy: "name the pool (pool_id), or its folder: vmsupervisor pool list")
    }
    guard id.isEmpty || id == pool.id else {
      throw Failure(
        .invalid, part: .image, operation: operation, object: "target_dir `\(path)`",
        cause: "it is of the pool \(pool.id), and pool_id says \(id)", remedy: "send one of both")
    }
    return pool.id
  }

  /// The pool and the path in it of a file that is to be copied.
  func place(ofFile path: String) throws(Failure) -> (pool: StoragePool, path: String) {
    do throws(Failure) { return try place(ofImage: path, Downloads.operation) } catch {
      var failure = error
      failure.object = "url `\(path.prefix(256))`"
      failure.part = .image
      if failure.remedy.contains("ListImages") { failure.remedy = "name a file in one: vmsupervisor image list" }
      throw failure
    }
  }

  /// Removes what downloads have left that nobody knows any more. A file system that hangs does not hold up the start.
  func clearDownloads(except ids: Set<String>) {
    for pool in all() {
      let folder = PoolFolder(pool)
      start(pool.id) { DownloadPart.clear(folder, except: ids) }
    }
  }

  /// Removes an image of the folder of images that nobody uses.
  /// - Parameter path: from that folder on.
  package func deleteImage(_ path: String, in id: String, uses: [DiskUse]) async throws(Failure) {
    let operation = "delete image"
    let (folder, holders) = (PoolFolder(try find(id, operation)), holders)
    let parts = try PoolPath.parts(path, operation)
    let whole = ([folder.pool.path, StoragePool.imageFolder] + parts).joined(separator: "/")
    guard let name = parts.last, !name.hasPrefix(".") else {
      throw Failure(
        .invalid, part: .image, operation: operation, object: "image `\(path.prefix(256))`", cause: "it is no image",
        remedy: "name one that `vmsupervisor image list` shows, from the folder images on")
    }
    if let use = uses.first(where: { $0.path == whole }) {
      throw Failure(
        .state, part: .image, operation: operation, object: whole, cause: use.words, remedy: use.remedy)
    }
    try await look(id, operation, within: Self.writing) { () throws(Failure) in
      try folder.removeImage(parts, whole, holders: holders, operation)
    }
    tell("image \(parts.joined(separator: "/")) deleted from pool \(id)")
  }
}

extension PoolFolder {
  fileprivate func removeImage(
    _ parts: [String], _ whole: String, holders: ImageHolders, _ operation: String
  ) throws(Failure) {
    try check(operation)
    let file = try openFile(([StoragePool.imageFolder] + parts).joined(separator: "/"), O_RDONLY, operation)
    try holders.check(file.raw, whole, "image", writing: true, for: "")
    do throws(Errno) {
      let images = try ours(images: operation)
      let place = try Files.openBeneath(
        images.raw, parts.count > 1 ? parts.dropLast().joined(separator: "/") : ".", O_RDONLY | O_DIRECTORY)
      if unlinkat(place.raw, parts[parts.count - 1], 0) != 0 || fsync(place.raw) != 0 { throw Errno(errno) }
    } catch {
      throw error.failure(operation, whole, remedy: "see to permissions there").of(.disk)
    }
  }

  private func ours(images operation: String) throws(Errno) -> Descriptor {
    do throws(Failure) { return try ours(StoragePool.imageFolder, operation) } catch {
      throw Errno(error.errno == 0 ? EIO : error.errno)
    }
  }
}
