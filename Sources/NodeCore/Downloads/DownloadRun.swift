import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Linux
import Storage

/// The work of one download, from the first byte to the file's name. It begins where an earlier life has ended.
actor DownloadRun {
  private var download: Download
  private let pools: Pools
  private let settings: FetchSettings
  private let uses: @Sendable () async -> [DiskUse]
  private let watch: DownloadWatch
  private let room: ToolRoom
  private let queue = BlockingQueue("download")
  /// Writes down what is known.
  private let keep: @Sendable (Download) async throws(Failure) -> Void
  /// Why the answer that is being read is not wanted any more.
  private var trouble: Failure?
  /// Bytes that are promised by now.
  private var promised: UInt64 = 0
  /// Whether the head of the answer is noted.
  private var isNoted = false
  /// Whether an answer is being read.
  private var isAsking = false

  private var operation: String { Downloads.operation }

  /// Longest that a download may take, all attempts together.
  private static let longest: Duration = .seconds(24 * 3600)
  private static let processorSeconds: UInt64 = 4 * 3600
  private static let pause: Duration = .milliseconds(200)
  /// By how much the promise for a file grows whose size nobody says.
  private static let step: UInt64 = 64 << 20
  /// How long a pool is waited for whose file system is not mounted yet.
  private static let mounting: Duration = .seconds(300)
  /// Until when: counted from when it was begun and not from its turn, for others wait for that.
  private let mountedBy = ContinuousClock.now + DownloadRun.mounting

  init(
    _ download: Download, _ pools: Pools, _ settings: FetchSettings, _ watch: DownloadWatch,
    uses: @escaping @Sendable () async -> [DiskUse],
    keep: @escaping @Sendable (Download) async throws(Failure) -> Void
  ) {
    self.download = download
    self.pools = pools
    self.settings = settings
    self.watch = watch
    self.uses = uses
    self.keep = keep
    room = ToolRoom(
      launcher: pools.tools.launcher, isStrict: pools.tools.isStrict, pools.tools.confinement, timeout: Self.longest,
      processorSeconds: Self.processorSeconds)
    watch.use(room)
  }

  /// - Returns: the bytes of the image.
  func run() async throws(Failure) -> UInt64 {
    let folder = try await folder()
    let part = DownloadPart(folder: folder, download: download)
    if download.stage == .placing,
      try await pools.look(download.pool, operation, { () throws(Failure) in try part.isFinished() })
    {
      return download.bytes
    }
    let watch = watch
    let file = try await queue.run { () throws(Failure) in
      OpenPart(try part.open { watch.isCancelled })
    }
    if download.stage == .pending || download.stage == .fetching {
      try await fetch(into: file, part)
      let path = part.path
      try await queue.run { () throws(Failure) in
        if fsync(file.raw) != 0 { throw Errno(errno).failure(Downloads.operation, path).of(.disk) }
      }
    }
    try await check(file, part)
    download.stage = .placing
    download.bytes = await file.sizeNow()
    download.inode = await queue.run { DownloadPart.inode(file.raw) }
    try await write()
    try await pools.look(download.pool, operation, within: Pools.writing) { () throws(Failure) in try part.finish() }
    return download.bytes
  }

  /// The pool's folder. After a start of the host its file system may come later than we do.
  private func folder() async throws(Failure) -> PoolFolder {
    while true {
      let folder = PoolFolder(try await pools.find(download.pool, operation))
      do throws(Failure) {
        try await pools.look(download.pool, operation) { () throws(Failure) in
          try folder.check(Downloads.operation)
        }
        return folder
      } catch {
        guard ContinuousClock.now < mountedBy else { throw error }
      }
      try await rest(.seconds(1))
    }
  }

  /// Writes down how far it is, unless it is not to go on.
  private func write() async throws(Failure) {
    if watch.isCancelled { throw Downloads.cancelled(download.name) }
    try await keep(download)
  }

  private func check(_ file: OpenPart, _ part: DownloadPart) async throws(Failure) {
    download.stage = .verifying
    try await write()
    watch.bytes = await file.sizeNow()
    let (watch, room) = (watch, room)
    let isQcow2 = try await queue.run { () throws(Failure) in
      try part.checkDigest(file.raw) { watch.isCancelled }
      return try part.checkContent(file.raw)
    }
    guard isQcow2 else { return }
    let files = try await Tool.qemuImage.files()
    try await queue.run { () throws(Failure) in
      try part.checkOpens(file.raw, by: EquippedToolRoom(room: room, files: files))
    }
  }

  private func fetch(into file: OpenPart, _ part: DownloadPart) async throws(Failure) {
    let source = try FetchSource(download.url, operation)
    switch source {
    case .server(let url):
      // What was written before a power cut may be none of it.
      if download.validator.isEmpty || download.boot != HostBoot.id { try await file.clear(part.path) }
      watch.begin(at: await file.sizeNow())
      try await fetch(url, into: file, part)
    case .file(let path): try await copy(path, into: file, part)
    }
  }

  // MARK: from a server

  private func fetch(_ first: FetchURL, into file: OpenPart, _ part: DownloadPart) async throws(Failure) {
    let program = Tool(path: settings.program, package: "procurator-supervisor", isConnected: true)
    let tool = FetchTool(room: room, tool: program, files: try await program.files(), settings: settings)
    var attempts = FetchAttempts()
    var url = first
    let end = ContinuousClock.now + Self.longest
    while true {
      if watch.isCancelled { throw Downloads.cancelled(download.name) }
      guard ContinuousClock.now < end else {
        throw Failure(
          .timeout, part: .image, operation: operation, object: FetchURL.shown(first.text),
          cause: "it took a whole day",
          remedy: "fetch it from a faster server")
      }
      if download.validator.isEmpty { try await file.clear(part.path) }
      let (before, validator) = (await file.sizeNow(), download.validator)
      // All of it came before an earlier life could say so: there is nothing left to ask for.
      if before > 0, before == download.total { return }
      let most = PoolRoom.sum([
        try await pools.status(download.pool, uses: await uses(), operation).room.available, promised, before,
      ])
      let question = FetchTool.Question(url: url, offset: before, most: most, validator: validator)
      switch try await ask(question, tool, file, &attempts) {
      case .done: return
      case .again(let pause):
        url = first
        try await rest(pause)
      case .fromStart:
        url = first
        download.validator = ""
      case .elsewhere(let next): url = next
      case .fail(let failure): throw failure
      }
    }
  }

  private func rest(_ pause: Duration) async throws(Failure) {
    let end = ContinuousClock.now + pause
    while ContinuousClock.now < end {
      if watch.isCancelled { throw Downloads.cancelled(download.name) }
      try? await Task.sleep(for: .milliseconds(100))
    }
  }

  /// One question to one server, and what follows on the answer.
  private func ask(
    _ question: FetchTool.Question, _ tool: FetchTool, _ file: OpenPart, _ attempts: inout FetchAttempts
  ) async throws(Failure) -> FetchDecision {
    let report: OpenPart
    do throws(Errno) { report = OpenPart(try MemoryFile.make("answer")) } catch {
      throw error.failure("run", tool.tool.path).of(.image)
    }
    (isNoted, trouble) = (false, nil)
    let (watch, settings) = (watch, settings)
    isAsking = true
    // Not cancelled: what it has begun in a pool would find no end.
    let looking = Task {
      while isAsking {
        await look(file, report, question.most)
        try? await Task.sleep(for: Self.pause)
      }
    }
    let result: Result<Void, Failure> = await queue.run {
      do throws(Failure) {
        let connection = try FetchConnection.open(question.url, from: settings.sources, timeout: settings.timeout) {
          watch.isCancelled
        }
        try tool.ask(question, connection: connection.raw, file: file.raw, report: report.raw)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    isAsking = false
    await looking.value
    await look(file, report, question.most)
    let now = await file.sizeNow()
    if watch.isCancelled { throw Downloads.cancelled(download.name) }
    if let trouble { throw trouble }
    if case .failure(let failure) = result {
      // What the host's administrator forbids stays forbidden.
      guard
        failure.errno != 0 && failure.operation == "connect to" && failure.code != .denied
          || failure.code == .unavailable
      else { throw failure }
      return attempts.again(failure.cause, question.offset, now) { code, cause, _ in
        .fail(
          Failure(
            code, part: .image, operation: operation, object: failure.object, cause: cause, remedy: failure.remedy))
      }
    }
    return attempts.decide(
      FetchTool.read(report.raw), url: question.url, validator: question.validator, before: question.offset,
      now: now, most: question.most, operation)
  }

  /// Looks how far it is, and notes what the head of the answer says when that has come.
  /// - Parameter most: bytes that the file may have.
  private func look(_ file: OpenPart, _ report: OpenPart, _ most: UInt64) async {
    let size = await file.sizeNow()
    watch.bytes = size
    guard trouble == nil else { return }
    do throws(Failure) {
      if !isNoted { try await note(FetchTool.read(report.raw), most) }
      guard isNoted, download.total == nil, size > promised else { return }
      try await promise(PoolRoom.sum([size, Self.step]))
    } catch {
      trouble = error
      room.close()
    }
  }

  private func note(_ answer: FetchReport, _ most: UInt64) async throws(Failure) {
    guard answer.status == 200 || answer.status == 206, answer.end != .most else { return }
    // Whoever reads servers' words may be a server's by now.
    guard (answer.total ?? 0) <= most else { return }
    isNoted = true
    download.stage = .fetching
    download.total = answer.total
    download.boot = HostBoot.id
    if answer.status == 200 { download.validator = answer.validator }
    try await write()
    if let total = answer.total { try await promise(total) }
  }

  private func promise(_ bytes: UInt64) async throws(Failure) {
    try await pools.promise(bytes, for: download.reservation, in: download.pool, uses: uses, operation)
    promised = bytes
  }

  // MARK: from a pool

  private func copy(_ path: String, into file: OpenPart, _ part: DownloadPart) async throws(Failure) {
    let (pool, inside) = try await pools.place(ofFile: path)
    let (folder, holders) = (PoolFolder(pool), pools.holders)
    let source = try await pools.look(pool.id, operation) { () throws(Failure) in
      let source = OpenPart(try folder.openFile(inside, O_RDONLY, Downloads.operation))
      try holders.check(source.raw, path, "image", writing: false, for: "")
      return source
    }
    try await file.clear(part.path)
    watch.begin(at: 0)
    let size = await source.sizeNow()
    let room = try await pools.status(download.pool, uses: await uses(), operation).room.available
    guard size <= room else {
      throw Failure(
        .exhausted, part: .image, operation: operation, object: part.path,
        cause: "\(path) has \(size) bytes, and the pool has room for \(room)",
        remedy: "delete volumes, or use a pool with more space")
    }
    download.stage = .fetching
    download.total = size
    try await write()
    try await promise(size)
    let watch = watch
    try await queue.run { () throws(Failure) in
      func failure() -> Failure {
        Errno(errno == 0 ? ENOSPC : errno).failure(Downloads.operation, part.path).of(.disk)
      }
      var end: UInt64 = 0
      try DownloadPart.read(source.raw, path, { watch.isCancelled }) { bytes, offset throws(Failure) in
        end = offset + UInt64(bytes.count)
        // What is a hole in the source, or could be one, stays one.
        if !bytes.isZero, pwrite(file.raw, bytes.baseAddress, bytes.count, off_t(offset)) != bytes.count {
          throw failure()
        }
        watch.bytes = end
      }
      if ftruncate(file.raw, off_t(end)) != 0 { throw failure() }
    }
  }
}
