import Failure
import Foundation
import Life
import Linux
import Testing

@testable import NodeCore
@testable import VMSpec

/// Records on a disk without room.
@Suite struct FullStoreTests {
  private static func record(_ name: String) -> Record {
    Record(
      id: .random(), spec: VMSpec(name: name, memory: 1 << 24, boot: .firmware(.bios)),
      createdAt: Date(), desired: .off, state: .pending, generation: 0)
  }

  private static func withStore(size: String, _ body: (RecordStore, SmallDisk) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
    try Files.makeFolders(folder + "/state")
    let disk = try SmallDisk(folder + "/state", size: size)
    defer {
      disk.unmount()
      try? Files.removeFolder(folder)
    }
    let store = RecordStore(paths: Paths(state: folder + "/state", runtime: folder + "/run"))
    try store.prepare()
    try await body(store, disk)
  }

  @Test func whatEndsIsWrittenAndWhatBeginsIsRefused() async throws {
    try await Self.withStore(size: "8m") { store, disk in
      var record = Self.record("one")
      try await store.add(record)
      try disk.fill()
      let refused = await #expect(throws: Failure.self) { try await store.add(Self.record("two")) }
      #expect(refused?.code == .exhausted)
      #expect(refused?.cause.contains("the file system \(disk.path) is full") == true, "\(String(describing: refused))")
      #expect(refused?.remedy.contains("free space on \(disk.path)") == true)
      #expect(try Files.names(in: store.paths.vms) == [record.id], "what is refused leaves nothing")

      // A history that grows to its full length: longer than the room that the record began with.
      for number in 0..<60 {
        record.tell(HistoryEntry(time: Date(), what: "remark \(number)", detail: String(repeating: "x", count: 400)))
        record.generation += 1
        try await store.save(record, for: .ending)
        #expect(try RecordStore.read(store.paths.vm(record.id).record, id: record.id).generation == record.generation)
        // Whoever fills the disk takes what was given up, too.
        try disk.fill()
      }
      let left = try await store.remove(record.id)
      #expect(left == nil)
      await store.removeTombstone(record.id)
      #expect(try Files.names(in: store.paths.vms).isEmpty)
      disk.empty()
      try await store.add(Self.record("two"))
    }
  }

  /// What a slow operation began before a deletion is not written after it, also if there is another VM of that id.
  @Test func aDeletedVMDoesNotComeBack() async throws {
    try await Self.withStore(size: "8m") { store, _ in
      let record = Self.record("one")
      try await store.add(record)
      _ = try await store.remove(record.id)
      await store.removeTombstone(record.id)
      for purpose in [RecordStore.Purpose.beginning, .ending] {
        let refused = await #expect(throws: Failure.self) { try await store.save(record, for: purpose) }
        #expect(refused?.code == .notFound)
      }
      #expect(try Files.names(in: store.paths.vms).isEmpty)
      var other = record
      (other.createdAt, other.spec.name) = (record.createdAt + 1, "other")
      try await store.add(other)
      await #expect(throws: Failure.self) { try await store.save(record) }
      #expect(try RecordStore.read(store.paths.vm(other.id).record, id: other.id).spec.name == "other")
    }
  }

  @Test func idsThatAreNoneAreQuarantined() async throws {
    try await Self.withStore(size: "8m") { store, _ in
      try await store.add(Self.record("one"))
      try Files.makeFolders(store.paths.vm("web").state)
      let text = try Files.readText(
        store.paths.vm(try #require(try Files.names(in: store.paths.vms).first { $0 != "web" })).record)
      let changed = text.replacing(/"id" : "[^"]*"/, with: "\"id\" : \"web\"")
      try Files.replace(store.paths.vm("web").record, with: Array(changed.utf8))
      let (records, broken) = try store.load()
      #expect(records.map(\.spec.name) == ["one"])
      #expect(broken.map(\.id) == ["web"])
      #expect(broken.first?.why.cause == "its id `web` is not a UUID")
      #expect(broken.first?.why.remedy.contains("vmsupervisor delete web") == true)
      #expect(try Files.names(in: store.paths.quarantined) == ["web"])
    }
  }

  /// Without room for it there is no reserve, and it comes when there is.
  @Test func theReserveComesAndGoes() async throws {
    try await Self.withStore(size: "8m") { store, disk in
      let reserve = Reserve(store.paths)
      #expect(Files.exists(reserve.path), "made by prepare")
      #expect(reserve.giveUp(now: 0))
      #expect(!reserve.giveUp(now: 0))
      reserve.keep(now: 1)
      #expect(!Files.exists(reserve.path), "not at once")
      try disk.fill()
      reserve.keep(now: 20_000)
      #expect(!Files.exists(reserve.path))
      disk.empty()
      reserve.keep(now: 40_000)
      #expect(LogTail.size(reserve.path) == Reserve.size)
    }
  }
}
