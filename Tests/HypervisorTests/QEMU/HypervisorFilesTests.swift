import Failure
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU

@Suite struct HypervisorFilesTests {
  @Test func whatTheLoaderListsIsRead() {
    let text = """
      \tlinux-vdso.so.1 (0x00007ffd6b3c0000)
      \tlibpixman-1.so.0 => /lib/x86_64-linux-gnu/libpixman-1.so.0 (0x00007f01bbffa000)
      \tlibmissing.so => not found
      \t/lib64/ld-linux-x86-64.so.2 (0x00007f01bc0b9000)

      """
    #expect(
      HypervisorFiles.paths(ofLibraries: text) == [
        "/lib/x86_64-linux-gnu/libpixman-1.so.0", "/lib64/ld-linux-x86-64.so.2",
      ])
    #expect(
      HypervisorFiles.paths(ofFolders: "/usr/bin/../share/qemu\nusage: x\n/a b\n") == ["/usr/bin/../share/qemu"])
    #expect(HypervisorFiles.modules(of: "/opt/q/bin/qemu").first == "/opt/q/lib/qemu")
  }

  @Test func theLoaderStandsInTheProgram() throws {
    let bytes = try Files.read("/proc/self/exe", limit: 1 << 30)
    let loader = ProgramHeader.loader(in: Array(bytes.prefix(64 << 10)))
    #expect(loader.map(Files.exists) == true)
    // Cut anywhere it is no program, or one whose loader is not reached; never a crash.
    for length in 0..<1024 { _ = ProgramHeader.loader(in: Array(bytes.prefix(length))) }
    var broken = Array(bytes.prefix(64 << 10))
    for offset in 0..<64 {
      let old = broken[offset]
      broken[offset] = 0xff
      _ = ProgramHeader.loader(in: broken)
      broken[offset] = old
    }
    #expect(ProgramHeader.loader(in: Array("#!/bin/sh\n".utf8)) == nil)
  }

  @Test func aBinaryIsAskedAndAScriptIsRefused() async throws {
    let files = try await HypervisorFiles.probe(executable: "/usr/bin/qemu-system-x86_64")
    #expect(files.executable.count == 2 && files.executable[0] == "/usr/bin/qemu-system-x86_64")
    #expect(files.readable.contains { $0.contains("libc.so") } && files.readable.contains { $0.hasSuffix("/seabios") })
    // Each is a file, or a folder of QEMU's own: nothing else lies in there.
    for path in files.readable where !path.contains("qemu") && !path.contains("seabios") {
      #expect(path.hasPrefix("/lib") || path.hasPrefix("/usr/lib") || path == "/etc/ld.so.cache", "\(path)")
      #expect(path.contains(".so"), "\(path)")
    }
    let failure = await #expect(throws: Failure.self) {
      try await HypervisorFiles.probe(executable: "/usr/bin/ldd")
    }
    #expect(failure?.code == .unsupported && failure?.remedy.contains("wrapper") == true)
  }
}
