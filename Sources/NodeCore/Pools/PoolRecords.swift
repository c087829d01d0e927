import Failure
import FoundationEssentials
import Glibc
import Linux
import Storage

/// The records of pools: a file each, replaced whole and durably.
struct PoolRecords: Sendable {
  let folder: String

  init(_ paths: Paths) { folder = paths.poolRecords }

  private func path(_ id: String) -> String { "\(folder)/\(id).json" }

  /// Reads all of them. One that cannot be read stays where it is, and stops nobody else.
  func load() -> (pools: [StoragePool], troubles: [Failure]) {
    var pools: [StoragePool] = []
    var troubles: [Failure] = []
    let names: [String]
    do throws(Errno) { names = try Files.names(in: folder) } catch {
      return ([], error.code == ENOENT ? [] : [error.failure("list pools", folder).of(.record)])
    }
    for name in names.sorted() where name.hasSuffix(".json") {
      do throws(Failure) { pools.append(try read(String(name.dropLast(5)))) } catch { troubles.append(error) }
    }
    return (pools, troubles)
  }

  private func read(_ id: String) throws(Failure) -> StoragePool {
    let path = path(id)
    let content: [UInt8]
    do throws(Errno) { content = try Files.read(path) } catch {
      throw error.failure("read pool", path).of(.record)
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let pool = try? decoder.decode(StoragePool.self, from: Data(content)),
      pool.schema == StoragePool.currentSchema, pool.id == id
    else {
      throw Failure(
        .invalid, part: .record, operation: "read pool", object: path,
        cause: "it is no record of a pool, or one of another release",
        remedy: "repair it and restart the supervisor; or remove it, and make the pool again: its files stay")
    }
    return pool
  }

  func write(_ pool: StoragePool) throws(Failure) {
    let path = path(pool.id)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    guard let content = try? encoder.encode(pool) else {
      throw Failure(.internal, part: .record, operation: "write pool", object: path, cause: "it cannot be spelled")
    }
    do throws(Errno) {
      try Files.makeFolders(folder)
      try Files.replace(path, with: Array(content))
    } catch {
      throw error.stateFailure("write pool", path)
    }
  }

  func remove(_ id: String) throws(Failure) {
    let path = path(id)
    do throws(Errno) {
      if unlink(path) != 0, errno != ENOENT { throw Errno(errno) }
      try Files.syncFolder(of: path)
    } catch {
      throw error.stateFailure("remove pool", path)
    }
  }
}
