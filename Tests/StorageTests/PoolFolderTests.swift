import Failure
import Foundation
import Linux
import Testing
import VMSpec

@testable import Storage

/// A pool's folder with real files.
struct PoolFolderTests {
  private func withFolder(_ body: (PoolFolder, String) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.path + "/pool-\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(root)
    defer { try? Files.removeFolder(root) }
    let folder = PoolFolder(StoragePool(id: "p", path: root + "/p", createdAt: .distantPast))
    try folder.make(root: root, isOurs: false, "test")
    try body(folder, root)
  }

  private func cause(_ body: () throws -> Void) -> String {
    do { try body() } catch { return (error as? Failure)?.cause ?? "\(error)" }
    return ""
  }

  @Test func linksDoNotLeadOut() throws {
    try withFolder { folder, root in
      try Files.replace(root + "/secret.img", with: Array("secret".utf8))
      try Files.replace(folder.pool.path + "/images/a.img", with: Array("inside".utf8))
      for (name, target) in [("up", "../../secret.img"), ("whole", root + "/secret.img"), ("inside", "a.img")] {
        symlink(target, folder.pool.path + "/images/" + name)
      }
      for name in ["up", "whole"] {
        #expect(cause { _ = try folder.openFile("images/" + name, O_RDONLY, "test") }.contains("leads out"), "\(name)")
      }
      #expect(cause { _ = try folder.openFile("images/inside", O_RDONLY, "test") }.isEmpty)
      mkfifo(folder.pool.path + "/images/pipe", 0o600)
      #expect(cause { _ = try folder.openFile("images/pipe", O_RDONLY, "test") }.contains("no regular file"))
      #expect(try folder.files("images", "test").map(\.name) == ["a.img", "inside", "pipe", "up", "whole"])
      // A pool behind a link that leads out of the root is none.
      try Files.makeFolders(root + "/roots")
      symlink(root, root + "/roots/out")
      let other = PoolFolder(StoragePool(id: "q", path: root + "/roots/out/q", createdAt: .distantPast))
      #expect(cause { try other.make(root: root + "/roots", isOurs: false, "test") }.contains("leads out"))
      #expect(!Files.exists(root + "/q"))
    }
  }

  @Test func nothingIsWrittenWhereALinkLeads() throws {
    try withFolder { folder, root in
      let order = VolumeOrder(id: "a", format: .raw, size: 512)
      try order.make(in: folder, by: nil, "test")
      // What came meanwhile stays.
      #expect(!cause { try order.make(in: folder, by: nil, "test") }.isEmpty)
      #expect(try Files.names(in: folder.pool.volumes) == ["a.raw"])
      // A volume that is a link out.
      try Files.replace(root + "/secret.img", with: Array("secret".utf8))
      symlink(root + "/secret.img", folder.pool.volumes + "/out.raw")
      let out = try #require(try folder.volume("out", "test"))
      #expect(cause { try folder.remove(out, holders: ImageHolders(), "test") }.contains("leads out"))
      let volume = try #require(try folder.volume("a", "test"))
      // The folder itself is one.
      try Files.makeFolders(root + "/elsewhere")
      try Files.replace(root + "/elsewhere/a.raw", with: [UInt8](repeating: 0, count: 512))
      try Files.replace(root + "/elsewhere/.new-x.raw", with: [1])
      for ours in [folder.pool.volumes, folder.pool.vms] {
        rename(ours, ours + "-before")
        symlink(root + "/elsewhere", ours)
      }
      #expect(cause { try folder.make(root: root, isOurs: false, "test") }.contains("leads out"))
      let other = VolumeOrder(id: "b", format: .raw, size: 512)
      #expect(cause { try other.make(in: folder, by: nil, "test") }.contains("leads out"))
      #expect(cause { try folder.remove(volume, holders: ImageHolders(), "test") }.contains("leads out"))
      #expect(cause { _ = try folder.volumes("test") }.contains("leads out"))
      #expect(cause { _ = try folder.sizesOfImages(besides: [], "test") }.contains("leads out"))
      folder.clearLeftovers()
      #expect(try Files.names(in: root + "/elsewhere").sorted() == [".new-x.raw", "a.raw"])
      // And one in the place of a VM's folder goes, not what is behind it.
      try Files.removeFolder(folder.pool.vms)
      #expect(!Files.exists(folder.pool.vms))
      #expect(try Files.names(in: root + "/elsewhere").sorted() == [".new-x.raw", "a.raw"])
    }
  }

  @Test func aPoolHasItsFolderAlone() throws {
    try withFolder { folder, root in
      symlink(folder.pool.path, root + "/q")
      for path in ["/q", "/q/below"] {
        let other = PoolFolder(StoragePool(id: "q", path: root + path, createdAt: .distantPast))
        let others = [folder.followingLinks]
        let found = cause { try other.make(root: root, isOurs: false, others: others, "test") }
        #expect(found.contains("the pool p has"), "\(path): \(found)")
      }
      #expect(!Files.exists(folder.pool.path + "/below"))
    }
  }

  @Test func imagesOfVMsCount() throws {
    try withFolder { folder, _ in
      let place = folder.pool.folder(ofVM: "v")
      try Files.makeFolders(place)
      try Files.replace(place + "/a.raw", with: [UInt8](repeating: 0, count: 1024))
      try Files.replace(place + "/b.raw", with: [UInt8](repeating: 0, count: 512))
      try Files.replace(place + "/note", with: [UInt8](repeating: 0, count: 2048))
      symlink(place + "/a.raw", place + "/link.raw")
      #expect(try folder.sizesOfImages(besides: [place + "/b.raw"], "test") == 1024)
      try VolumeOrder(id: "c", format: .qcow2, size: 1 << 30).make(in: folder, by: nil, "test")
      rename(folder.pool.volumes + "/c.qcow2", place + "/c.qcow2")
      #expect(try folder.sizesOfImages(besides: [], "test") == (1 << 30) + 1536)
    }
  }

  /// Runs nothing.
  private struct NoTools: ToolRunner {
    func run(_ tool: Tool, _ work: ToolWork, operation: String, object: String, file: Int32) throws(Failure) {
      throw Failure(.system, operation: operation, object: object, cause: "no tools")
    }
  }

  @Test func volumesAreWhatLiesThere() throws {
    try withFolder { folder, _ in
      for (id, format) in [("a", DiskSpec.Format.qcow2), ("b", .raw)] {
        let order = VolumeOrder(id: id, format: format, size: 1 << 20, preallocation: .falloc)
        try order.make(in: folder, by: NoTools(), "test")
      }
      try Files.replace(folder.pool.volumes + "/broken.qcow2", with: Array("QFI".utf8))
      try Files.replace(folder.pool.volumes + "/.new-c.raw", with: [0])
      symlink("/etc/passwd", folder.pool.volumes + "/out.raw")
      let volumes = try folder.volumes("test")
      #expect(volumes.map(\.id) == ["a", "b", "broken", "out"])
      #expect(volumes.map(\.size).prefix(2) == [1 << 20, 1 << 20])
      #expect(volumes.map { $0.trouble != nil } == [false, false, true, true])
      folder.clearLeftovers()
      #expect(!Files.exists(folder.pool.volumes + "/.new-c.raw"))
      // What cannot be made leaves nothing.
      let source = VolumeSource(
        file: DescriptorCell(try folder.openFile("volumes/b.raw", O_RDONLY, "test")), path: "b", format: .raw,
        size: 1 << 20)
      let order = VolumeOrder(id: "d", format: .raw, size: 1 << 20, source: source)
      #expect(cause { try order.make(in: folder, by: NoTools(), "test") } == "no tools")
      #expect(try Files.names(in: folder.pool.volumes).sorted() == ["a.qcow2", "b.raw", "broken.qcow2", "out.raw"])
      try Files.removeFolder(folder.pool.volumes)
      #expect(cause { _ = try folder.volumes("test") }.contains("no mount path"))
    }
  }
}
