package import Failure
import FoundationEssentials
import Glibc
import Linux
import Storage

/// Images that are being fetched into pools, and those that were.
///
/// A download is recorded before anything happens, and goes on whoever asks about it: an interrupted connection, a caller that
/// leaves and a supervisor that ends do not end it. What does not become an image leaves nothing behind.
package actor Downloads {
  private let records: DownloadRecords
  private let pools: Pools
  private let settings: FetchSettings
  private var jobs: [String: Job] = [:]
  private let gate = StartGate(limit: 2)
  private var uses: @Sendable () async -> [DiskUse] = { [] }

  private struct Job {
    var download: Download
    let watch = DownloadWatch()
    var work: Task<Void, Never>?
  }

  static let operation = "fetch image"
  /// Downloads that run or wait at most.
  static let mostRunning = 16
  /// Of those that are over so many are known.
  static let mostOver = 100

  init(_ paths: Paths, _ pools: Pools, _ settings: FetchSettings) {
    records = DownloadRecords(paths)
    self.pools = pools
    self.settings = settings
  }

  static func cancelled(_ object: String) -> Failure {
    Failure(.state, part: .image, operation: operation, object: object, cause: "it was cancelled")
  }

  /// Reads the records, and goes on with what an earlier life of ours has not ended.
  /// - Parameter uses: what VMs use at the time of the question.
  /// - Returns: what cannot be read.
  func restore(uses: @escaping @Sendable () async -> [DiskUse]) async -> [Failure] {
    self.uses = uses
    let (downloads, troubles) = records.load()
    for download in downloads { jobs[download.id] = Job(download: download) }
    let running = downloads.filter { !$0.stage.isOver }
    await pools.clearDownloads(except: Set(running.map(\.id)))
    for download in running {
      // A pool that is away is looked for by the work itself.
      try? await pools.reserve(download.reservation, in: download.pool, 0, Self.operation)
      begin(download.id)
    }
    return troubles
  }

  /// What is asked for.
  package struct Request: Sendable {
    /// Empty is one of our choice.
    package var id: String
    package var imageID: String
    package var url: String
    package var pool: String
    /// Empty is the last part of the URL.
    package var name: String
    package var checksum: String
    package var checksumType: String

    package init(
      id: String, imageID: String, url: String, pool: String, name: String, checksum: String, checksumType: String
    ) {
      self.id = id
      self.imageID = imageID
      self.url = url
      self.pool = pool
      self.name = name
      self.checksum = checksum
      self.checksumType = checksumType
    }
  }

  /// Begins a download. The same one again begins nothing, unless it has failed or its image is gone.
  /// - Returns: its id.
  package func start(_ request: Request) async throws(Failure) -> String {
    let operation = Self.operation
    let id = request.id.isEmpty ? UUID().uuidString.lowercased() : request.id
    try StorageName.check(id, "job_id", operation)
    guard request.imageID.utf8.count <= 256 else {
      throw Failure(
        .invalid, part: .image, operation: operation, object: "image_id", cause: "it has more than 256 bytes",
        remedy: "use a shorter one")
    }
    let source = try FetchSource(request.url, operation)
    let name = request.name.isEmpty ? source.fileName : request.name
    try ImageName.check(name, operation)
    let checksum = try FetchChecksum.parse(request.checksum, type: request.checksumType, operation)
    let pool = try await pools.find(request.pool, operation)
    try await check(source)
    let download = Download(
      id: id, imageID: request.imageID, url: request.url, pool: pool.id, name: name, checksum: checksum,
      createdAt: Date())
    let part = DownloadPart(folder: PoolFolder(pool), download: download)
    if let other = jobs[id]?.download {
      guard other.isSame(as: download) else {
        throw Failure(
          .exists, part: .image, operation: operation, object: id, cause: "a download of that job_id is another one",
          remedy: "choose another job_id")
      }
      if !other.stage.isOver { return id }
      if other.stage == .completed,
        try await pools.look(pool.id, operation, { () throws(Failure) in Files.exists(part.path) })
      {
        return id
      }
    }
    try await pools.look(pool.id, operation) { () throws(Failure) in try part.checkName() }
    try await pools.reserve(download.reservation, in: pool.id, 0, operation)
    do throws(Failure) {
      if let other = jobs[id]?.download, !other.stage.isOver {
        throw Failure(
          .exists, part: .image, operation: operation, object: id, cause: "a download of that job_id has just begun",
          remedy: "choose another job_id")
      }
      guard jobs.values.count(where: { !$0.download.stage.isOver }) < Self.mostRunning else {
        throw Failure(
          .exhausted, part: .image, operation: operation, object: name,
          cause: "\(Self.mostRunning) downloads run or wait already", remedy: "wait until one is over, or cancel one")
      }
      try records.write(download)
    } catch {
      await pools.release(download.reservation, in: pool.id)
      throw error
    }
    jobs[id] = Job(download: download)
    await pools.tell("fetching image \(name) into pool \(pool.id) from \(FetchURL.shown(request.url))")
    begin(id)
    return id
  }

  /// Refuses beforehand what is known to be refused.
  private func check(_ source: FetchSource) async throws(Failure) {
    switch source {
    case .file(let path): _ = try await pools.place(ofFile: path)
    case .server(let url):
      guard !settings.sources.isNone else {
        throw Failure(
          .state, part: .image, operation: Self.operation, object: FetchURL.shown(url.text),
          cause: "this node fetches nothing from servers",
          remedy: "have the host's administrator permit it in vmsupervisor.conf: [Storage] FetchFrom=")
      }
      guard let address = FetchAddress(url.host), let objection = settings.sources.objection(to: address) else {
        return
      }
      throw FetchConnection.denied(url, address, "the address is \(objection)")
    }
  }

  // MARK: looking

  private func job(_ id: String, _ operation: String) throws(Failure) -> Job {
    if let job = jobs[id] { return job }
    throw Failure(
      .notFound, part: .image, operation: operation, object: id.isEmpty ? "job_id" : "job_id `\(id.prefix(128))`",
      cause: "no download of that id is known",
      remedy:
        "use the job_id that DownloadImage has answered; of those that are over the last \(Self.mostOver) are known")
  }

  package func status(_ id: String) async throws(Failure) -> DownloadStatus {
    let job = try job(id, "show download")
    let pool = try? await pools.find(job.download.pool, "show download")
    let path = pool.map { $0.path + "/" + StoragePool.imageFolder + "/" + job.download.name } ?? ""
    let isOver = job.download.stage.isOver
    return DownloadStatus(
      download: job.download, path: path, bytes: isOver ? job.download.bytes : job.watch.bytes,
      rate: job.download.stage == .fetching ? job.watch.rate : 0)
  }

  // MARK: the work

  private func begin(_ id: String) {
    guard let job = jobs[id] else { return }
    let run = DownloadRun(job.download, pools, settings, job.watch, uses: uses) { download throws(Failure) in
      try await self.keep(download)
    }
    jobs[id]?.work = Task {
      let hasPlace = await gate.enter(ObjectIdentifier(job.watch))
      let result: Result<UInt64, Failure>
      do throws(Failure) {
        if job.watch.isCancelled { throw Self.cancelled(job.download.name) }
        result = .success(try await run.run())
      } catch {
        result = .failure(error)
      }
      if hasPlace { await gate.leave() }
      await end(id, result)
    }
  }

  private func keep(_ download: Download) throws(Failure) {
    jobs[download.id]?.download = download
    try records.write(download)
  }

  private func end(_ id: String, _ result: Result<UInt64, Failure>) async {
    guard var download = jobs[id]?.download, let watch = jobs[id]?.watch else { return }
    let what: String
    switch result {
    case .success(let bytes):
      (download.stage, download.bytes, download.total) = (.completed, bytes, bytes)
      what = "image \(download.name) fetched into pool \(download.pool)"
    case .failure(let failure):
      download.stage = watch.isCancelled ? .cancelled : .failed
      download.failure = watch.isCancelled ? nil : failure
      download.bytes = watch.bytes
      what =
        watch.isCancelled
        ? "fetching image \(download.name) into pool \(download.pool) was cancelled" : "\(failure)"
      // First the bytes, then the word that there are none: a later life of ours would look for them otherwise.
      if let pool = try? await pools.find(download.pool, Self.operation) {
        let part = DownloadPart(folder: PoolFolder(pool), download: download)
        try? await pools.look(pool.id, Self.operation, within: Pools.writing) { () throws(Failure) in try part.remove()
        }
      }
    }
    await pools.release(download.reservation, in: download.pool)
    do throws(Failure) { try keep(download) } catch { await pools.tell("\(error)") }
    await pools.tell(what)
    forgetOld(besides: id)
  }

  /// - Parameter id: of the one that has just ended, which somebody waits for.
  private func forgetOld(besides id: String) {
    let over = jobs.values.map(\.download).filter(\.stage.isOver).sorted {
      ($0.createdAt, $0.id) > ($1.createdAt, $1.id)
    }
    for download in over.dropFirst(Self.mostOver) where download.id != id {
      jobs[download.id] = nil
      // One whose record stays is over all the same, and is forgotten once more.
      try? records.remove(download.id)
    }
  }

  /// Ends a download, and waits until nothing of it is left.
  package func cancel(_ id: String) async throws(Failure) {
    let operation = "cancel download"
    let job = try job(id, operation)
    if job.download.stage == .cancelled { return }
    if !job.download.stage.isOver {
      job.watch.cancel()
      await gate.withdraw(ObjectIdentifier(job.watch))
      await job.work?.value
    }
    guard let stage = jobs[id]?.download.stage, stage != .cancelled else { return }
    throw Failure(
      .state, part: .image, operation: operation, object: id,
      cause: stage == .completed ? "the image is there already" : "it has failed already",
      remedy: stage == .completed
        ? "delete the image if it is not wanted: vmsupervisor image delete \(job.download.pool) \(job.download.name)"
        : "")
  }
}
