import Dispatch
import Failure
import FoundationEssentials
import Glibc
import Linux
import Synchronization

/// Reads and writes records. Every write is on disk when it returns.
final class RecordStore: Sendable {
  let paths: Paths
  private let queue = BlockingQueue("records")
  /// Unlinking large images takes its time; records do not wait for it.
  private let removals = BlockingQueue("removals")

  init(paths: Paths) { self.paths = paths }

  /// A record that cannot be used.
  struct Broken: Sendable {
    var id: String
    var path: String
    var why: Failure
  }

  /// Makes the folders.
  func prepare() throws(Failure) {
    for folder in [paths.vms, paths.running, paths.broken] {
      do { try Files.makeFolders(folder) } catch {
        throw error.failure(
          "make folder", folder,
          cure: "give the supervisor's user the folder above it, or set StateDirectory= and RuntimeDirectory=")
      }
    }
  }

  /// Reads all records. One that cannot be read is moved aside whole and reported; it stops nobody else.
  func load() throws(Failure) -> (records: [Record], broken: [Broken]) {
    var records: [Record] = []
    var broken: [Broken] = []
    let ids = try Self.names(paths.vms).filter { !$0.hasPrefix(Paths.tombstonePrefix) }.sorted()
    for (id, content) in zip(ids, readAll(ids)) {
      let path = paths.vm(id).record
      do throws(Failure) { records.append(try content.get()) } catch {
        // A folder with nothing else in it is what a crash in the first write leaves: nothing was promised yet.
        if error.code == .notFound {
          unlink(path + ".new")
          if rmdir(paths.vm(id).state) == 0 { continue }
        }
        // One that was set aside before keeps its place there; this one then stays where it is.
        let aside = paths.broken + "/" + id
        let isMoved = rename(paths.vm(id).state, aside) == 0
        broken.append(Broken(id: id, path: isMoved ? aside : paths.vm(id).state, why: error))
      }
    }
    for id in try Self.names(paths.broken) where !broken.contains(where: { $0.id == id }) {
      broken.append(
        Broken(
          id: id, path: paths.broken + "/" + id,
          why: Failure(
            .state, step: "read record", object: id, cause: "it was set aside at an earlier start",
            cure: "repair vm.json and move the folder back to \(paths.vms), or remove it")))
    }
    return (records, broken)
  }

  /// Reads records on all processors: a start is to be short, and most of reading is decoding.
  private func readAll(_ ids: [String]) -> [Result<Record, Failure>] {
    let none = Failure(.internal, step: "read record", cause: "nobody did")
    let results = Mutex([Result<Record, Failure>](repeating: .failure(none), count: ids.count))
    DispatchQueue.concurrentPerform(iterations: ids.count) { index in
      let path = paths.vm(ids[index]).record
      let result = Result { () throws(Failure) in try Self.read(path, id: ids[index]) }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  /// Writes a record durably.
  func save(_ record: Record) async throws(Failure) {
    let path = paths.vm(record.id)
    try await queue.run { () throws(Failure) in
      let content: Data
      do { content = try Self.encoder.encode(record) } catch {
        throw Failure(.internal, step: "write record", object: path.record, cause: "\(error)")
      }
      do throws(Errno) {
        let isNew = !FileManager.default.fileExists(atPath: path.state)
        if isNew { try Files.makeFolders(path.state) }
        try Files.replace(path.record, with: Array(content))
        if isNew { try Files.syncFolder(of: path.state) }
      } catch {
        throw error.failure("write record", path.record, cure: "see to space and permissions there")
      }
    }
  }

  /// Takes a VM out of the world in one step, and then removes everything of it. What stays is a tombstone: its slots
  /// have still to be given up.
  func bury(_ id: String) async throws(Failure) {
    let path = paths.vm(id)
    let tombstone = paths.tombstone(id)
    try await queue.run { () throws(Failure) in
      do throws(Errno) {
        if rename(path.state, tombstone) != 0 { throw Errno(errno) }
        try Files.syncFolder(of: tombstone)
      } catch {
        throw error.failure("remove", path.state)
      }
    }
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
        throw error.failure("remove", tombstone, cure: "it is tried again at the next start")
      }
    }
  }

  /// Ids of deleted VMs whose slots have still to be given up.
  func tombstones() -> [String] {
    ((try? Files.names(in: paths.vms)) ?? []).filter { $0.hasPrefix(Paths.tombstonePrefix) }
      .map { String($0.dropFirst(Paths.tombstonePrefix.count)) }
  }

  /// Removes a tombstone: nothing is left of the VM.
  func removeTombstone(_ id: String) { try? Files.removeFolder(paths.tombstone(id)) }

  /// Removes what earlier lives of ours left below the runtime folder.
  /// - Parameter known: VMs that look after their own, and those that were set aside.
  func clearRuntime(except known: Set<String>) {
    for id in (try? Files.names(in: paths.running)) ?? [] where !known.contains(id) {
      try? Files.removeFolder(paths.vm(id).runtime)
    }
  }

  /// Writes the incarnation of a starting VM. The place does not outlive a power cut, so no sync.
  static func write(_ incarnation: Incarnation, to path: String) throws(Failure) {
    do {
      try Files.replace(path, with: Array(try encoder.encode(incarnation)), durable: false)
    } catch {
      throw (error as? Errno)?.failure("write incarnation", path)
        ?? Failure(.internal, step: "write incarnation", object: path, cause: "\(error)")
    }
  }

  /// The incarnation of a VM, nil if there is none that can be read.
  static func incarnation(_ path: String) -> Incarnation? {
    guard let content = try? Files.read(path) else { return nil }
    return try? decoder.decode(Incarnation.self, from: Data(content))
  }

  private static func names(_ folder: String) throws(Failure) -> [String] {
    do { return try Files.names(in: folder) } catch { throw error.failure("list folder", folder) }
  }

  static func read(_ path: String, id: String) throws(Failure) -> Record {
    let content: [UInt8]
    do { content = try Files.read(path) } catch {
      throw error.failure(
        "read record", path, cure: error.code == EACCES ? "chown it to the supervisor's user, then restart" : "")
    }
    let cure = "repair the file and restart, or remove its folder"
    do {
      let record = try decoder.decode(Record.self, from: Data(content))
      guard record.schema == Record.currentSchema, record.id == id else {
        throw Failure(
          .invalid, step: "read record", object: path,
          cause: "schema `\(record.schema)`, id `\(record.id)`; expected `\(Record.currentSchema)`, `\(id)`", cure: cure
        )
      }
      return record
    } catch let failure as Failure {
      throw failure
    } catch {
      let words = (error as? DecodingError)?.words ?? "it cannot be read"
      throw Failure(.invalid, step: "read record", object: path, cause: "not a record: \(words)", cure: cure)
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
}
