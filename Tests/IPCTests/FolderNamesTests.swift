import Glibc
import Testing

@testable import Linux

/// Names in folders, as the C library gives them.
struct FolderNamesTests {
  /// The kernel fills its entries to the end of the memory that it is given: nothing behind a name may be looked at.
  @Test func anEntryAtTheEndOfMemoryIsReadToItsEndOnly() throws {
    let page = Int(getpagesize())
    let memory = try #require(mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 2 * page) }
    try #require(memory != MAP_FAILED && mprotect(memory + page, page, PROT_NONE) == 0)
    let offset = try #require(MemoryLayout<dirent>.offset(of: \.d_name))
    for name in ["a", ".deleted-feaa249", String(repeating: "n", count: 255)] {
      let bytes = Array(name.utf8) + [0]
      // Entries begin at multiples of eight bytes (filldir64 of Linux, fs/readdir.c).
      let entry = memory + page - (offset + bytes.count + 7) / 8 * 8
      (entry + offset).copyMemory(from: bytes, byteCount: bytes.count)
      #expect(Files.name(of: entry.assumingMemoryBound(to: dirent.self)) == name)
    }
  }

  @Test func namesOfAnyLengthAreRead() throws {
    let folder = "/tmp/names-\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let names = (1...255).map { String(repeating: "x", count: $0) }
    for name in names { close(open(folder + "/" + name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)) }
    #expect(Set(try Files.names(in: folder)) == Set(names))
  }
}
