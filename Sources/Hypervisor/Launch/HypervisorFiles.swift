package import Failure
import Glibc
import Linux

/// The files that a hypervisor binary opens by itself when it starts: its loader, its libraries, its firmware.
package struct HypervisorFiles: Hashable, Sendable {
  /// Files that are executed: the binary and its loader.
  package var executable: [String]
  /// Files that are read, and folders of which any file may be.
  package var readable: [String]

  /// Makes a list.
  package init(executable: [String], readable: [String]) {
    self.executable = executable
    self.readable = readable
  }

  /// Asks the binary's loader for its libraries; the binary itself is not executed.
  /// - Throws: `.unsupported` for what is no program of this machine, and why it cannot be run.
  package static func libraries(executable: String) async throws(Failure) -> HypervisorFiles {
    guard let loader = try ProgramHeader.loader(of: executable) else {
      return HypervisorFiles(executable: [executable], readable: [])
    }
    let libraries = try await ProgramText.read(loader, ["--list", executable])
    return HypervisorFiles(
      executable: [executable, loader],
      readable: ["/etc/ld.so.cache"] + paths(ofLibraries: libraries) + modules(of: executable).filter(Files.exists))
  }

  /// Reads what `ld.so --list` prints: `NAME => PATH (ADDRESS)`, and `PATH (ADDRESS)` for the loader.
  package static func paths(ofLibraries text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      let path = words.firstIndex(of: "=>").map { words[($0 + 1)...].first } ?? words.first
      return path.flatMap { $0.hasPrefix("/") ? String($0) : nil }
    }
  }

  /// Where QEMU looks for its modules, of which the translator is one: beside the folder that it is in.
  static func modules(of executable: String) -> [String] {
    let parts = executable.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return [] }
    let prefix = parts.dropLast(2).joined(separator: "/")
    return ["lib/qemu", "lib64/qemu", "lib/x86_64-linux-gnu/qemu"].map { "\(prefix)/\($0)" }
  }
}

/// The head of a program file (elf(5)).
enum ProgramHeader {
  /// The path of the loader that the kernel starts it with; nil if it needs none.
  static func loader(of path: String) throws(Failure) -> String? {
    // Loader and table of segments stand at the beginning of what every linker writes.
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    do throws(Errno) {
      let file = try Files.open(path, O_RDONLY)
      let count = pread(file.raw, &bytes, bytes.count, 0)
      guard count >= 0 else { throw Errno(errno) }
      bytes.removeLast(bytes.count - count)
    } catch {
      throw error.failure("read program", path)
    }
    guard let loader = loader(in: bytes) else {
      throw Failure(
        .unsupported, operation: "read program", object: path, cause: "it is no 64-bit ELF program",
        remedy:
          "name the binary itself in the configuration: what a wrapper script would execute cannot be known, and so not confined"
      )
    }
    return loader.isEmpty ? nil : loader
  }

  /// The same from its first bytes: empty for a program without loader, nil if they are no program's.
  static func loader(in bytes: [UInt8]) -> String? {
    func number(_ offset: Int, _ width: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - width else { return nil }
      // A sum that is too large for an offset in here is none.
      return Int(exactly: bytes[offset..<offset + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    // ELFMAG, ELFCLASS64, ELFDATA2LSB.
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let table = number(32, 8), let size = number(54, 2),
      let count = number(56, 2), table <= bytes.count
    else { return nil }
    for index in 0..<count {
      let entry = table + index * size
      guard let kind = number(entry, 4) else { return nil }
      guard kind == 3 /* PT_INTERP */ else { continue }
      guard let start = number(entry + 8, 8), let length = number(entry + 32, 8), length > 0, start <= bytes.count,
        length <= bytes.count - start
      else { return nil }
      return String(decoding: bytes[start..<start + length - 1], as: UTF8.self)
    }
    return ""
  }
}
