import Failure
import Foundation
import Life
import Linux
import Testing

@testable import NodeCore
@testable import VMSpec

/// Records of VMs that are no more.
@Suite struct DeletedRecordTests {
  private func record(_ id: String, at time: Date) throws -> Record {
    Record(
      id: try #require(RecordID(id)),
      spec: VMSpec(name: "web", memory: 1 << 28, boot: .firmware(.bios), disks: [DiskSpec(size: 1 << 20)]),
      createdAt: time, desired: .off, state: .pending, generation: 0)
  }

  private func withStore(_ body: (RecordStore, Paths) async throws -> Void) async throws {
    let folder = "/tmp/pcstore\(UInt32.random(in: 0 ... .max))"
    defer { try? Files.removeFolder(folder) }
    let paths = Paths(state: folder + "/lib", runtime: folder + "/run")
    let store = RecordStore(paths: paths)
    try store.prepare()
    try await body(store, paths)
  }

  /// An operation that took longer than its VM was there must not bring it back.
  @Test func aDeletedVMStaysDeleted() async throws {
    try await withStore { store, paths in
      let id = UUID().uuidString.lowercased()
      let first = try record(id, at: Date(timeIntervalSince1970: 1))
      try await store.add(first)
      try await store.save(first)
      _ = try await store.remove(id)
      let late = await #expect(throws: Failure.self) { try await store.save(first) }
      #expect(late?.code == .notFound)
      #expect(!Files.exists(paths.vm(id).state))
      await store.removeTombstone(id)
      // Another of the same id is not touched by what is left of the first.
      let second = try record(id, at: Date(timeIntervalSince1970: 2))
      try await store.add(second)
      await #expect(throws: Failure.self) { try await store.save(first) }
      try await store.save(second)
      #expect(try store.load().records.map(\.createdAt) == [second.createdAt])
    }
  }

  @Test func recordsKeepWhoChoseAFormatAndEarlierReleasesAreUnderstood() async throws {
    try await withStore { store, _ in
      let id = UUID().uuidString.lowercased()
      var mine = try record(id, at: Date(timeIntervalSince1970: 1))
      mine.spec.disks = [
        DiskSpec(path: "/a.img", format: .raw, isFormatGuessed: true), DiskSpec(path: "/b.img", format: .raw),
      ]
      try await store.add(mine)
      #expect(try store.load().records.first?.spec.disks == mine.spec.disks)
      // A record without the list of images: all that was ever started had them.
      mine.settleImages()
      #expect(mine.images == [])
      mine.images = nil
      mine.generation = 3
      mine.settleImages()
      #expect(mine.images?.map(\.path) == ["/a.img", "/b.img"])
    }
  }
}
