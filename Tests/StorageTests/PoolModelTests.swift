import Failure
import Linux
import Testing

@testable import Storage

/// Pools and volumes as values.
struct PoolModelTests {
  private func cause(_ body: () throws(Failure) -> Void) -> String {
    do throws(Failure) { try body() } catch { return error.cause }
    return ""
  }

  @Test func namesAreNarrow() {
    for name in ["a", "0", "web-1.2_x", "3f0c9b0e-1111-2222-3333-444455556666", String(repeating: "x", count: 128)] {
      #expect(StorageName.trouble(name) == nil, "\(name)")
    }
    for name in [
      "", ".", "..", ".new-x", "-o", "_x", "a/b", "a b", "ä", "a\0", "x,y=z", String(repeating: "x", count: 129),
    ] {
      #expect(StorageName.trouble(name) != nil, "\(name)")
    }
  }

  @Test func pathsHaveOneForm() throws {
    #expect(try PoolPath.normal("/srv//a/", "test", field: "path") == "/srv/a")
    for path in ["", "srv", "/", "//", "/srv/../a", "/srv/.", "/a\0b", "/" + String(repeating: "x", count: 1024)] {
      #expect(!cause { () throws(Failure) in _ = try PoolPath.normal(path, "test", field: "path") }.isEmpty, "\(path)")
    }
    for (path, same) in [("//a/./b//c/.", "/a/b/c"), ("/a/../b", "/a/../b"), ("a//b", "a//b"), ("/.", "/")] {
      #expect(PoolPath.comparable(path) == same, "\(path)")
    }
    #expect(PoolPath.isBelow("/a/b", "/a") && PoolPath.isBelow("/a", "/a") && PoolPath.isBelow("/a", "/"))
    #expect(!PoolPath.isBelow("/ab", "/a") && !PoolPath.isBelow("/a", "/a/b"))
    #expect(try PoolPath.parts("", "test") == [] && PoolPath.parts("a//b/", "test") == ["a", "b"])
    for path in ["/a", "a/../b", "..", ".", "a\0"] {
      #expect(!cause { () throws(Failure) in _ = try PoolPath.parts(path, "test") }.isEmpty, "\(path)")
    }
  }

  @Test func poolsLieBelowTheirRootsAndApart() {
    let other = StoragePool(id: "other", path: "/pools/other", createdAt: .distantPast)
    func trouble(_ path: String, _ roots: [String] = ["/pools"]) -> String {
      cause { () throws(Failure) in try PoolPath.check(path, roots: roots, others: [other], "test") }
    }
    #expect(trouble("/pools/mine").isEmpty)
    #expect(trouble("/etc").contains("/pools") && trouble("/poolside").contains("/pools"))
    #expect(trouble("/pools/x", []).contains("no folders"))
    for path in ["/pools/other", "/pools/other/images", "/pools"] { #expect(trouble(path).contains("other")) }
  }

  @Test func roomIsPromisedOnce() {
    let room = PoolRoom(capacity: 10 << 30, promised: 7 << 30, free: 1 << 30)
    #expect(room.available == 1 << 30)
    func trouble(_ more: UInt64) -> String {
      cause { () throws(Failure) in try room.check(more: more, of: "p", field: "size", "test") }
    }
    #expect(trouble(3 << 30).isEmpty && !trouble(3 << 30 + 1).isEmpty && !trouble(.max).isEmpty)
    // Files that somebody has put there may be more than was ever promised.
    #expect(PoolRoom(capacity: 1, promised: 2, free: 9).available == 0)
    #expect(PoolRoom.sum([.max, 1]) == .max && PoolRoom.sum([1, 2]) == 3 && PoolRoom.sum([]) == 0)
  }

  @Test func filesAreVolumesByTheirNames() throws {
    for (name, id) in [("a.qcow2", "a"), ("a.b.raw", "a.b")] { #expect(Volume.parse(fileName: name)?.id == id) }
    for name in ["a", "a.img", ".new-a.qcow2", ".qcow2", "a b.raw", "-.raw"] {
      #expect(Volume.parse(fileName: name) == nil, "\(name)")
    }
    #expect(Volume.parse(fileName: Volume.temporaryName("a", .raw)) == nil)
    let snapshot = try Volume.parse(snapshot: "web@first", "test")
    #expect(snapshot.volume == "web" && snapshot.name == "first")
    for text in ["web", "web@", "@x", "a@b@c", "a@b/c", "a@-d"] {
      #expect(!cause { () throws(Failure) in _ = try Volume.parse(snapshot: text, "test") }.isEmpty, "\(text)")
    }
    let xml = Volume(id: "x", format: .raw, path: "/a&'<b", size: 1).diskXML
    #expect(xml.contains("file='/a&amp;&apos;&lt;b'") && xml.contains("type='raw'"))
  }

  @Test func filesAreListedInOrder() {
    func file(_ name: String, folder: Bool = false) -> PoolFile {
      PoolFile(
        name: name, path: name, isFolder: folder, size: 0, modified: .distantPast, type: PoolFile.type(ofFile: name),
        mode: 0o100640)
    }
    let sorted = [file("b"), file("A.ISO"), file("z", folder: true), file("a"), file("B")].sorted(
      by: PoolFile.isOrdered)
    #expect(sorted.map(\.name) == ["z", "a", "A.ISO", "B", "b"])
    #expect(file("A.ISO").type == "iso" && file("x.tar").type == "file" && file("iso").type == "file")
    #expect(file("b").permissions == "640")
  }

  @Test func sizesAreThoseOfDisks() {
    for size in [0, 511, 513, UInt64.max, 1 << 62] as [UInt64] {
      #expect(!cause { () throws(Failure) in try VolumeOrder.check(size: size, field: "size", "test") }.isEmpty)
    }
    #expect(cause { () throws(Failure) in try VolumeOrder.check(size: 512, field: "size", "test") }.isEmpty)
  }
}
