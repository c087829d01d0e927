import Failure
import Foundation
import Glibc
import Linux
import Storage
import Testing
import VMSpec

@testable import NodeCore

/// Downloads of a node from files in its pools, and what the next supervisor makes of those that were cut short anywhere.
struct NodeDownloadTests {
  private let folder: ShortFolder
  private let host = FakeHost()
  private static let content = Array("hello\n".utf8)
  private static let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

  init() throws { folder = try ShortFolder() }

  /// A supervisor that has just been started over the same files.
  private func node() async throws -> FakeNode {
    let node = try FakeNode(folder.path, host)
    try await node.fleet.restore()
    return node
  }

  /// The folder of images of a pool that has one.
  private func images(_ node: FakeNode) async throws -> String {
    let path = node.paths.pools + "/p"
    try await node.context.pools.create("p", path: path, capacity: 1 << 30)
    try Files.replace(path + "/images/a.img", with: Self.content)
    return path + "/images"
  }

  private func request(_ id: String, _ url: String, _ name: String, checksum: String = digest) -> Downloads.Request {
    .init(id: id, imageID: "", url: url, pool: "p", name: name, checksum: checksum, checksumType: "")
  }

  /// Waits for the end of one.
  private func end(_ id: String, of node: FakeNode) async throws -> Download {
    while true {
      let status = try await node.context.downloads.status(id)
      if status.download.stage.isOver { return status.download }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  private func failure(_ body: () async throws -> Void) async -> Failure? {
    do { try await body() } catch { return error as? Failure }
    return nil
  }

  @Test func aFileOfAPoolIsCopied() async throws {
    let node = try await node()
    let images = try await images(node)
    let downloads = node.context.downloads
    #expect(try await downloads.start(request("one", images + "/a.img", "b.img")) == "one")
    #expect(try await end("one", of: node).stage == .completed)
    #expect(try Files.read(images + "/b.img") == Self.content)
    // The same is there; another is refused; and so is a name that is taken.
    #expect(try await downloads.start(request("one", images + "/a.img", "b.img")) == "one")
    #expect(
      await failure { _ = try await downloads.start(request("one", images + "/a.img", "c.img")) }?.code == .exists)
    #expect(
      await failure { _ = try await downloads.start(request("two", images + "/a.img", "b.img")) }?.code == .exists)
    #expect(await failure { try await downloads.cancel("one") }?.code == .state)
    // An image that is gone is fetched again.
    unlink(images + "/b.img")
    _ = try await downloads.start(request("one", images + "/a.img", "b.img"))
    #expect(try await end("one", of: node).stage == .completed && Files.exists(images + "/b.img"))
    // What is not what it should be stays not.
    let wrong = String(Self.digest.reversed())
    _ = try await downloads.start(request("three", images + "/a.img", "c.img", checksum: wrong))
    let failed = try await end("three", of: node)
    #expect(failed.stage == .failed && failed.failure?.cause.contains(Self.digest) == true, "\(failed)")
    #expect(try Files.names(in: images).sorted() == ["a.img", "b.img"])
    #expect(try await node.context.pools.status("p", uses: [], "test").room.promised == 0)
    // And it may be asked for again.
    _ = try await downloads.start(request("three", images + "/a.img", "c.img", checksum: wrong))
    #expect(try await end("three", of: node).stage == .failed)
  }

  @Test func nothingElseIsRead() async throws {
    let node = try await node()
    let images = try await images(node)
    symlink("/etc/passwd", images + "/out.img")
    let downloads = node.context.downloads
    for url in ["/etc/passwd", "file:///etc/passwd", images, node.paths.poolRecords + "/p.json"] {
      let refusal = await failure {
        let id = try await downloads.start(request("", url, "x.img"))
        #expect(try await end(id, of: node).stage == .failed, "\(url)")
      }
      #expect(url == images ? refusal == nil : refusal?.code == .invalid, "\(url): \(String(describing: refusal))")
    }
    _ = try await downloads.start(request("out", images + "/out.img", "x.img", checksum: ""))
    let out = try await end("out", of: node)
    #expect(out.stage == .failed && out.failure?.cause.contains("leads out of the pool") == true, "\(out)")
    #expect(await failure { _ = try await downloads.start(request("", "http://127.0.0.1/a.img", "")) }?.code == .denied)
  }

  /// Numbers are a server's: none of them ends the supervisor.
  @Test func noSizeIsTooLargeToReckonWith() {
    var download = Download(
      id: "j", imageID: "", url: "https://a/b.img", pool: "p", name: "b.img", checksum: nil, createdAt: Date())
    download.stage = .fetching
    func status(_ total: UInt64?, _ bytes: UInt64, _ rate: UInt64) -> DownloadStatus {
      download.total = total
      return DownloadStatus(download: download, path: "", bytes: bytes, rate: rate)
    }
    #expect(status(.max, 0, .max).remaining == 1 && status(.max, 0, 1_000_000).remaining == .max)
    #expect(status(.max, .max, 2).remaining == 0 && status(10, 0, 0).remaining == 0 && status(10, 20, 1).remaining == 0)
    #expect(status(10, 0, 5).remaining == 2 && status(11, 0, 5).remaining == 3 && status(nil, 5, 5).remaining == 0)
    for (total, bytes) in [(UInt64.max, UInt64.max), (.max, .max - 1), (10, .max)] {
      #expect(status(total, bytes, 1).percent == 100)
    }
    #expect(status(.max, 0, 1).percent == 0 && status(0, 5, 1).percent == 0)
  }

  /// What a VM boots is its own, as its disks are.
  @Test func aKernelIsNotDeletedFromUnderItsVM() async throws {
    let node = try await node()
    let images = try await images(node)
    try Files.replace(images + "/initrd.img", with: Self.content)
    try Files.replace(images + "/free.img", with: Self.content)
    var spec = node.spec("web")
    spec.boot = .kernel(KernelBoot(kernel: images + "/a.img", initrd: images + "/initrd.img"))
    let uses = DiskUse.all(
      of: Record(
        id: try #require(RecordID("0000aaaa-0000-4000-8000-000000000001")), spec: spec, createdAt: Date(),
        desired: .off, state: .pending,
        generation: 0))
    #expect(uses.map(\.kind) == [.boot, .boot] && uses.promised(of: "p") == 0)
    for name in ["a.img", "initrd.img"] {
      let refusal = await failure { try await node.context.pools.deleteImage(name, in: "p", uses: uses) }
      #expect(refusal?.code == .state && refusal?.cause == "the VM web boots it", "\(String(describing: refusal))")
    }
    try await node.context.pools.deleteImage("free.img", in: "p", uses: uses)
    #expect(try Files.names(in: images).sorted() == ["a.img", "initrd.img"])
  }

  /// A copy begins only where there is room for it, and takes no more than its source.
  @Test func aCopyKeepsHolesAndRoom() async throws {
    let node = try await node()
    let images = try await images(node)
    let size = 8 << 20
    let file = try Files.open(images + "/hole.img", O_RDWR | O_CREAT)
    #expect(ftruncate(file.raw, off_t(size)) == 0 && pwrite(file.raw, "x", 1, off_t(size / 2)) == 1)
    _ = try await node.context.downloads.start(request("hole", images + "/hole.img", "b.img", checksum: ""))
    #expect(try await end("hole", of: node).stage == .completed)
    var status = stat()
    #expect(stat(images + "/b.img", &status) == 0 && Int(status.st_size) == size)
    #expect(Int(status.st_blocks) * 512 < size)
    #expect(FileManager.default.contentsEqual(atPath: images + "/b.img", andPath: images + "/hole.img"))
    // More than the pool may promise; nothing of it is written.
    #expect(ftruncate(file.raw, 2 << 30) == 0)
    _ = try await node.context.downloads.start(request("large", images + "/hole.img", "c.img", checksum: ""))
    let large = try await end("large", of: node)
    #expect(large.failure?.code == .exhausted && large.bytes == 0, "\(large)")
    #expect(try Files.names(in: images).sorted() == ["a.img", "b.img", "hole.img"])
  }

  /// The one that has just ended is known, however old it is.
  @Test func whatHasJustEndedIsKnown() async throws {
    var node = try await node()
    let images = try await images(node)
    let records = DownloadRecords(node.paths)
    for number in 0..<Downloads.mostOver {
      var other = Download(
        id: "later-\(number)", imageID: "", url: images + "/a.img", pool: "p", name: "x.img", checksum: nil,
        createdAt: Date())
      other.stage = .cancelled
      try records.write(other)
    }
    try records.write(
      Download(
        id: "old", imageID: "", url: images + "/a.img", pool: "p", name: "b.img", checksum: nil,
        createdAt: Date(timeIntervalSince1970: 1)))
    node = try await self.node()
    #expect(try await end("old", of: node).stage == .completed)
  }

  /// A pool whose file system comes later than the supervisor.
  @Test func aPoolThatIsMountedLaterIsWaitedFor() async throws {
    var node = try await node()
    let images = try await images(node)
    let (path, away) = (node.paths.pools + "/p", node.paths.pools + "/away")
    try DownloadRecords(node.paths).write(
      Download(
        id: "j", imageID: "", url: images + "/a.img", pool: "p", name: "b.img", checksum: nil, createdAt: Date()))
    #expect(rename(path, away) == 0)
    node = try await self.node()
    // Long enough for a first look as a rule; nothing depends on it.
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await node.context.downloads.status("j").download.stage == .pending)
    #expect(rename(away, path) == 0)
    #expect(try await end("j", of: node).stage == .completed)
    #expect(try Files.read(images + "/b.img") == Self.content)
  }

  /// Where a supervisor may be killed, and what is there by then.
  enum Cut: String, CaseIterable, Sendable {
    case pending, half, whole, unnamed, named
    /// Somebody else has taken the name meanwhile.
    case taken
  }

  @Test(arguments: Cut.allCases) func whatWasCutShortIsFinished(_ cut: Cut) async throws {
    var node = try await node()
    let images = try await images(node)
    var download = Download(
      id: "j", imageID: "", url: images + "/a.img", pool: "p", name: "b.img",
      checksum: try FetchChecksum.parse(Self.digest, type: "", "test"), createdAt: Date())
    let part = images + "/.fetch-j"
    func inode(_ path: String) -> UInt64? {
      var status = stat()
      return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }
    if cut != .pending { try Files.replace(part, with: cut == .half ? [0x68] : Self.content) }
    switch cut {
    case .pending: break
    case .half: download.stage = .fetching
    case .whole: download.stage = .verifying
    case .unnamed, .named, .taken:
      (download.stage, download.bytes, download.inode) = (.placing, 6, inode(part))
    }
    if cut == .named { rename(part, images + "/b.img") }
    if cut == .taken { try Files.replace(images + "/b.img", with: [1]) }
    try DownloadRecords(node.paths).write(download)
    // Of a download that nobody knows.
    try Files.replace(images + "/.fetch-unknown", with: [1])

    node = try await self.node()
    let over = try await end("j", of: node)
    #expect(over.stage == (cut == .taken ? .failed : .completed), "\(cut): \(over)")
    #expect(try Files.read(images + "/b.img") == (cut == .taken ? [1] : Self.content), "\(cut)")
    #expect(try Files.names(in: images).sorted() == ["a.img", "b.img"], "\(cut)")
    #expect(try await node.context.pools.status("p", uses: [], "test").room.promised == 0, "\(cut)")
    // The next one knows of it.
    node = try await self.node()
    #expect(try await node.context.downloads.status("j").download.stage == over.stage, "\(cut)")
  }
}
