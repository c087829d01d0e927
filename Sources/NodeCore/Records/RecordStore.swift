import Dispatch
package import Failure
import FoundationEssentials
import Glibc
import IPC
import Linux
import Synchronization
import VMSpec

/// Reads and writes records. Every write is on disk when it returns.
package final class RecordStore: Sendable {
  package let paths: Paths
  package let queue = BlockingQueue("records")
  /// Unlinking large images takes its time; records do not wait for it.
  let removals = BlockingQueue("removals")
  /// Folders in pools that are being emptied. In a class: what hangs there goes on when nobody waits any more.
  let emptying = Emptying()
  /// When those VMs were made that there are, by id: a record of any other is not written.
  let living = Mutex<[String: Date]>([:])
  private let reserve: Reserve
  /// Brings the content of a record to the disk, durably: the old is there or the new, whatever happens.
  private let write: Write

  typealias Write = @Sendable (_ content: [UInt8], _ path: String) throws(Errno) -> Void

  package convenience init(paths: Paths) {
    self.init(paths: paths) { content, path throws(Errno) in try TurnFile(path).write(content) }
  }

  /// - Parameter write: how records are written; tests look at the world before and after each.
  init(paths: Paths, write: @escaping Write) {
    self.paths = paths
    self.write = write
    reserve = Reserve(paths)
  }

  /// The folders that threads of their own work on.
  final class Emptying: Sendable {
    private let folders = Mutex<Set<String>>([])
    func withLock<R: Sendable>(_ body: (inout Set<String>) -> R) -> R { folders.withLock { body(&$0) } }
  }

  /// A record that cannot be used.
  package struct Quarantined: Sendable {
    package var id: String
    package var path: String
    package var why: Failure
  }

  /// Makes the folders.
  package func prepare() throws(Failure) {
    for folder in [paths.vms, paths.running, paths.quarantined] {
      do throws(Errno) { try Files.makeFolders(folder) } catch {
        throw error.failure(
          "make folder", folder,
          remedy: "give the supervisor's user the folder above it, or set StateDirectory= and RuntimeDirectory="
        ).of(.record)
      }
    }
    reserve.keep()
  }

  /// Reads all records. One that cannot be read is moved aside whole and reported; it stops nobody else.
  package func load() throws(Failure) -> (records: [Record], quarantined: [Quarantined]) {
    var records: [Record] = []
    var quarantined: [Quarantined] = []
    let ids = try Self.names(paths.vms).filter { !$0.hasPrefix(Paths.tombstonePrefix) }.sorted()
    for (id, content) in zip(ids, readAll(ids)) {
      do throws(Failure) {
        let record = try content.get()
        records.append(record)
        living.withLock { $0[id] = record.createdAt }
      } catch {
        if error.code == .notFound, isUnborn(id) { continue }
        quarantined.append(quarantine(id, error))
      }
    }
    for id in try Self.names(paths.quarantined) where !quarantined.contains(where: { $0.id == id }) {
      quarantined.append(
        Quarantined(
          id: id, path: paths.quarantined + "/" + id,
          why: Failure(
            .state, part: .record, operation: "read record", object: id, cause: "it was set aside at an earlier start",
            remedy: remedy(id))))
    }
    return (records, quarantined)
  }

  /// Removes the folder that a crash in the first write of a record leaves, with nothing else in it: nothing was promised
  /// yet.
  private func isUnborn(_ id: String) -> Bool {
    let path = paths.vm(id)
    let remains = [path.record + ".new", path.record + ".spare"]
    guard let names = try? Files.names(in: path.state), names.allSatisfy({ remains.contains(path.state + "/" + $0) })
    else { return false }
    for file in remains { unlink(file) }
    return rmdir(path.state) == 0
  }

  /// Moves what cannot be used out of the way, whole. One that was set aside before keeps its place there; this one then
  /// stays where it is.
  private func quarantine(_ id: String, _ why: Failure) -> Quarantined {
    let aside = paths.quarantined + "/" + id
    let isMoved = rename(paths.vm(id).state, aside) == 0
    var why = why
    if isMoved, why.object == paths.vm(id).record { why.object = aside + "/vm.json" }
    why.remedy = (why.remedy.isEmpty ? "" : why.remedy + "; ") + remedy(id, isAside: isMoved)
    return Quarantined(id: id, path: isMoved ? aside : paths.vm(id).state, why: why)
  }

  private func remedy(_ id: String, isAside: Bool = true) -> String {
    let back = isAside ? ", move its folder back to \(paths.vms)" : ""
    return "repair vm.json\(back) and restart the supervisor; or give the VM up: vmsupervisor delete \(id)"
  }

  /// Reads records on all processors: a start is to be short, and most of reading is decoding.
  private func readAll(_ ids: [String]) -> [Result<Record, Failure>] {
    let none = Failure(.internal, part: .record, operation: "read record", cause: "nobody did")
    let results = Mutex([Result<Record, Failure>](repeating: .failure(none), count: ids.count))
    DispatchQueue.concurrentPerform(iterations: ids.count) { index in
      let path = paths.vm(ids[index]).record
      let result = Result { () throws(Failure) in try Self.read(path, id: ids[index]) }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  /// Writes the record of a VM that is new. What cannot be written leaves nothing.
  /// - Parameter prepared: a folder with its images, which becomes the VM's when the record is in it.
  package func add(_ record: Record, prepared: String? = nil) async throws(Failure) {
    if let prepared { return try await add(record, from: prepared) }
    let path = paths.vm(record.id)
    let content = try Self.content(of: record, path.record)
    try await queue.run { [self] () throws(Failure) in
      do throws(Errno) {
        try Files.makeFolders(paths.vms)
        if mkdir(path.state, 0o700) != 0 { throw Errno(errno) }
      } catch {
        throw error.stateFailure("write record", path.record)
      }
      do throws(Errno) {
        try write(content, path.record)
        try Files.syncFolder(of: path.state)
      } catch {
        try? Files.removeFolder(path.state)
        throw error.stateFailure("write record", path.record)
      }
      living.withLock { $0[record.id] = record.createdAt }
      reserve.keep()
    }
  }

  /// What a record is written for.
  package enum Purpose: Sendable {
    /// Something begins, which may be refused for lack of room.
    case beginning
    /// Something ends, or has happened: there is room for that as long as there is a reserve.
    case ending
  }

  /// Writes the record of a VM that is there, durably.
  /// - Throws: `.notFound` if the VM was deleted: nothing that was begun before brings it back.
  func save(_ record: Record, for purpose: Purpose = .beginning) async throws(Failure) {
    let path = paths.vm(record.id)
    let content = try Self.content(of: record, path.record)
    try await queue.run { [self] () throws(Failure) in
      // Another VM may have the id by now; it is not older than this one.
      guard living.withLock({ $0[record.id] }) == record.createdAt else {
        throw .noSuchVM(record.spec.name, operation: "write record")
      }
      do throws(Errno) {
        try withRoom(for: purpose) { () throws(Errno) in try write(content, path.record) }
      } catch {
        guard error.isFull, purpose == .ending, writeShort(record, path.record) else {
          throw error.stateFailure("write record", path.record)
        }
      }
      reserve.keep()
    }
  }

  /// Writes a record for which there is no room at all, without the oldest of its history: that is what grows.
  /// - Returns: whether as much as has to be known fits.
  private func writeShort(_ record: Record, _ path: String) -> Bool {
    var short = record
    while !short.history.isEmpty {
      short.history.removeFirst((short.history.count + 1) / 2)
      if let content = try? Self.content(of: short, path), (try? write(content, path)) != nil { return true }
    }
    return false
  }

  private static func content(of record: Record, _ path: String) throws(Failure) -> [UInt8] {
    do { return Array(try encoder.encode(record)) } catch {
      throw Failure(.internal, part: .record, operation: "write record", object: path, cause: "\(error)")
    }
  }

  /// Does what needs a little room, once more without the reserve if there is none.
  func withRoom(for purpose: Purpose, _ body: () throws(Errno) -> Void) throws(Errno) {
    do throws(Errno) { try body() } catch {
      guard error.isFull, purpose == .ending, reserve.giveUp() else { throw error }
      try body()
    }
  }

  /// Writes the incarnation of a starting VM. The place does not outlive a power cut, so no sync.
  package static func write(_ incarnation: Incarnation, to path: String) throws(Failure) {
    do {
      try Files.replace(path, with: Array(try encoder.encode(incarnation)), durable: false)
    } catch {
      throw (error as? Errno)?.failure("write incarnation", path).of(.record)
        ?? Failure(.internal, part: .record, operation: "write incarnation", object: path, cause: "\(error)")
    }
  }

  /// The incarnation of a VM, nil if there is none that can be read.
  package static func incarnation(_ path: String) -> Incarnation? {
    guard let content = try? Files.read(path) else { return nil }
    return try? decoder.decode(Incarnation.self, from: Data(content))
  }

  private static func names(_ folder: String) throws(Failure) -> [String] {
    do { return try Files.names(in: folder) } catch { throw error.failure("list folder", folder).of(.record) }
  }

  /// Bytes of a record that are read: many times those of one with as many snapshots, disks and devices as there can be.
  private static let longest = 64 << 20

  package static func read(_ path: String, id: String) throws(Failure) -> Record {
    let content: [UInt8]
    do { content = try Files.read(path, limit: longest) } catch {
      throw error.failure(
        "read record", path, remedy: error.code == EACCES ? "chown it to the supervisor's user" : ""
      ).of(.record)
    }
    do {
      var record = try Record.decoded(Data(content))
      guard record.schema == Record.currentSchema, record.id == id else {
        throw Failure(
          .invalid, part: .record, operation: "read record", object: path,
          cause: "schema `\(record.schema)`, id `\(record.id)`; expected `\(Record.currentSchema)`, `\(id)`")
      }
      if let (key, value) = record.strangeNumber {
        throw Failure(
          .invalid, part: .record, operation: "read record", object: path,
          cause: "its `\(key)` is \(value), a number that is never written there: the file is damaged")
      }
      record.nameItself()
      return record
    } catch var failure as Failure {
      failure.object = path
      throw failure
    } catch {
      let words = (error as? DecodingError)?.words ?? "it cannot be read"
      throw Failure(.invalid, part: .record, operation: "read record", object: path, cause: "not a record: \(words)")
    }
  }

  /// A value in the form of records.
  static func bytes(of value: some Encodable) throws(Failure) -> [UInt8] {
    do { return Array(try encoder.encode(value)) } catch {
      throw Failure(.internal, part: .record, operation: "write record", cause: "\(error)")
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    if let key = VMSpec.recordForm { encoder.userInfo[key] = true }
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    return decoder
  }
}
