package import Failure
import FoundationEssentials
import Glibc
import Linux
import Logging
package import Storage

/// The pools of this host, and what is being made in them.
package actor Pools {
  private let records: PoolRecords
  /// Folders that pools may lie in; the one that is made where it is missing comes with the state folder.
  private let roots: [String]
  private let ownRoot: String
  let tools: PoolTools
  let holders: ImageHolders
  private let events: EventLog
  private let log: Logger
  private var known: [String: StoragePool] = [:]
  /// File systems of pools may hang, each for itself.
  private var queues: [String: BlockingQueue] = [:]
  /// Bytes of what is being made and has no file yet, by pool and volume.
  private var reserved: [String: [String: UInt64]] = [:]
  /// What promises room, one after the other.
  private let gate = StartGate(limit: 1)

  init(_ paths: Paths, roots: [String], _ tools: PoolTools, _ holders: ImageHolders, _ events: EventLog, _ log: Logger)
  {
    records = PoolRecords(paths)
    self.roots = roots
    ownRoot = paths.pools
    self.tools = tools
    self.holders = holders
    self.events = events
    self.log = log
  }

  /// Reads the records, and removes what was being made when an earlier life of ours ended.
  /// - Returns: what cannot be read.
  func restore() async -> [Failure] {
    let (pools, troubles) = records.load()
    for pool in pools {
      known[pool.id] = pool
      // A file system that hangs does not hold up the start. What is made there is looked for first, which waits for this.
      let folder = PoolFolder(pool)
      queue(pool.id).start { folder.clearLeftovers() }
    }
    return troubles
  }

  /// Where calls about a pool's files wait for it.
  private func queue(_ id: String) -> BlockingQueue {
    if let queue = queues[id] { return queue }
    let queue = BlockingQueue("pool")
    queues[id] = queue
    return queue
  }

  /// Does something in a pool that nobody waits for.
  func start(_ id: String, _ body: @escaping @Sendable () -> Void) { queue(id).start(body) }

  /// The pool of that id.
  package func find(_ id: String, _ operation: String) throws(Failure) -> StoragePool {
    if let pool = known[id] { return pool }
    // Clients of the contract look for these words, and then make the pool.
    throw Failure(
      .notFound, part: .disk, operation: operation, object: id.isEmpty ? "pool_id" : id,
      cause: "storage pool not found", remedy: "`vmsupervisor pool list` lists the pools of this host")
  }

  /// Longest that a look into a pool waits for its file system.
  private static let timeout: Duration = .seconds(10)
  /// The same for what is written, which waits for the disk.
  static let writing: Duration = .seconds(30)
  /// The same for room that is had at once, which some file systems write.
  static let reserving: Duration = .seconds(600)
  /// Calls that wait for a pool's file system at most: those of one that hangs stay until it answers.
  private static let mostPending = 64

  /// Looks into a pool, or writes there. One whose file system hangs does not hold up whoever asks for others.
  /// - Parameter limit: nil is that of looks. What has begun by then goes on; what has not is not done.
  func look<R: Sendable>(
    _ id: String, _ operation: String, within limit: Duration? = nil,
    _ body: @escaping @Sendable () throws(Failure) -> R
  ) async throws(Failure) -> R {
    let queue = queue(id)
    func silence(_ cause: String) -> Failure {
      Failure(
        .unavailable, part: .disk, operation: operation, object: id, cause: cause,
        remedy: "see to the file system on the host, then look what is there, and try again")
    }
    guard queue.pending <= Self.mostPending else {
      throw silence("its file system does not answer, and \(queue.pending) calls wait for it already")
    }
    let result = await queue.run(within: limit ?? Self.timeout) { () -> Result<R, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }
    guard let result else { throw silence("its file system does not answer") }
    return try result.get()
  }

  // MARK: pools

  /// Makes a pool. The same one again is there already.
  package func create(_ id: String, path: String, capacity: UInt64?) async throws(Failure) {
    let operation = "create pool"
    try StorageName.check(id, "pool_id", operation)
    guard !StorageName.noPool.contains(id) else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "pool_id `\(id)`",
        cause: "it stands for the folders of VMs", remedy: "choose another id")
    }
    let pool = StoragePool(
      id: id, path: try PoolPath.normal(path, operation, field: "config.local.path"), capacity: capacity,
      createdAt: Date())
    if try isThere(pool, operation) { return }
    try PoolPath.check(pool.path, roots: roots, others: Array(known.values), operation)
    let root = roots.first { PoolPath.isBelow(pool.path, $0) } ?? ownRoot
    let isOurs = root == ownRoot
    let folder = PoolFolder(pool)
    var others: [StoragePool] = []
    for other in known.values {
      // One that does not answer has nothing but its text.
      let real = try? await look(other.id, operation, within: .seconds(2)) { PoolFolder(other).followingLinks }
      others.append(real ?? other)
    }
    let found = others
    try await look(id, operation, within: Self.writing) { () throws(Failure) in
      try folder.make(root: root, isOurs: isOurs, others: found, operation)
    }
    // Others may have come meanwhile.
    if try isThere(pool, operation) { return }
    try PoolPath.check(pool.path, roots: roots, others: Array(known.values), operation)
    try records.write(pool)
    known[id] = pool
    tell("pool \(id) made of \(pool.path)")
  }

  private func isThere(_ pool: StoragePool, _ operation: String) throws(Failure) -> Bool {
    guard let other = known[pool.id] else { return false }
    guard other.isSame(as: pool) else {
      throw Failure(
        .exists, part: .disk, operation: operation, object: pool.id,
        cause: "a pool of that id already exists, with other content: \(other.path)",
        remedy: "choose another id, or forget that one: vmsupervisor pool delete \(pool.id)")
    }
    return true
  }

  /// Forgets a pool. Its files stay.
  /// - Parameter uses: what VMs use.
  package func destroy(_ id: String, uses: [DiskUse]) throws(Failure) {
    let operation = "delete pool"
    let pool = try find(id, operation)
    if let use = uses.first(where: { $0.pool == id || pool.contains($0.path) }) {
      throw Failure(
        .state, part: .disk, operation: operation, object: id, cause: "the VM \(use.name) uses \(use.path)",
        remedy: "delete the VM, or detach the disk first: vmsupervisor disk detach \(use.name) DISK")
    }
    guard reserved[id]?.isEmpty ?? true else {
      throw Failure(
        .state, part: .disk, operation: operation, object: id, cause: "a volume is being made in it",
        remedy: "wait until it is there, then try again")
    }
    try records.remove(id)
    known[id] = nil
    // What still waits there is before whatever a pool of that id will ask.
    if queues[id]?.pending == 0 { queues[id] = nil }
    tell("pool \(id) forgotten")
  }

  /// Says to log and events what was done to a pool or in it, and by whom.
  func tell(_ what: String) {
    log.info("\(what)", metadata: Author.current.metadata)
    events.append(HostEvent(kind: .operation, what: what).by(.current))
  }

  package func all() -> [StoragePool] { known.values.sorted { $0.id < $1.id } }

  /// How a pool stands.
  package func status(_ id: String, uses: [DiskUse], _ operation: String) async throws(Failure) -> PoolStatus {
    let pool = try find(id, operation)
    let folder = PoolFolder(pool)
    let own = Set(uses.filter { $0.pool == id }.map(\.path))
    let (volumes, others, space) = try await look(id, operation) { () throws(Failure) in
      (
        try folder.volumes(operation), try folder.sizesOfImages(besides: own, operation),
        FileSystemSpace("pool", path: pool.path)
      )
    }
    let being = PoolRoom.sum((reserved[id] ?? [:]).values)
    return PoolStatus(
      pool: pool,
      room: PoolRoom(
        capacity: pool.capacity ?? space?.totalBytes ?? 0,
        promised: PoolRoom.sum([PoolRoom.sum(volumes.map(\.size)), uses.promised(of: id), others, being]),
        free: space?.freeBytes ?? 0), volumes: volumes.count)
  }

  /// What lies in a folder of a pool.
  package func files(_ id: String, _ path: String) async throws(Failure) -> [PoolFile] {
    let operation = "list files of pool"
    let folder = PoolFolder(try find(id, operation))
    return try await look(id, operation) { () throws(Failure) in
      try folder.check(operation)
      return try folder.files(path, operation)
    }
  }

  // MARK: room

  /// Runs `body` alone among all that promise room of pools.
  nonisolated func alone<R: Sendable>(_ body: @Sendable () async throws(Failure) -> R) async throws(Failure) -> R {
    await gate.enter()
    let result: Result<R, Failure>
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
    await gate.leave()
    return try result.get()
  }

  /// Refuses to promise more than a pool has.
  package func check(_ id: String, more bytes: UInt64, field: String, uses: [DiskUse], _ operation: String)
    async throws(Failure)
  {
    try await status(id, uses: uses, operation).room.check(more: bytes, of: id, field: field, operation)
  }

  /// Takes a name and room for a volume that is going to be made.
  func reserve(_ volume: String, in id: String, _ bytes: UInt64, _ operation: String) throws(Failure) {
    guard reserved[id]?[volume] == nil else {
      throw Failure(
        .state, part: .disk, operation: operation, object: volume, cause: "it is being made or changed",
        remedy: "wait until that is done, then try again")
    }
    reserved[id, default: [:]][volume] = bytes
  }

  /// Takes other room for it.
  func change(_ volume: String, in id: String, to bytes: UInt64) { reserved[id]?[volume] = bytes }

  func release(_ volume: String, in id: String) { reserved[id]?[volume] = nil }
}
