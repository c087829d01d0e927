import Failure
import Foundation
import Glibc
import Linux

/// A small machine that runs one program as its first process, under QEMU without acceleration.
struct Machine {
  private let folder: String

  private static let qemu = "/usr/bin/qemu-system-x86_64"
  private static let checkout = URL(filePath: #filePath).appending(path: "../../../..").standardized.path
  private static let environment = ProcessInfo.processInfo.environment
  private static var images: String { environment["PROCURATOR_GUEST"] ?? checkout + "/.build-guest" }

  static var exists: Bool {
    ([qemu] + ["vmlinuz", "initrd.gz", "network.gz"].map { images + "/" + $0 }).allSatisfy {
      FileManager.default.fileExists(atPath: $0)
    }
  }

  /// Puts its image together: the guest, the modules of a host, and programs of the build with their libraries.
  init(programs: [String]) throws {
    folder = "/tmp/netd-vlan-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    do {
      let bin = (Rig.binary as NSString).deletingLastPathComponent
      let archive = folder + "/programs"
      let words = [Self.checkout + "/guest/pack-programs", archive] + programs.map { bin + "/" + $0 }
      let packing = try Self.spawn(words, output: 2)
      guard try packing.reap(blocking: true) == .exited(0) else {
        throw Failure(.system, operation: "pack programs", cause: "guest/pack-programs failed")
      }
      var image: [UInt8] = []
      for file in [Self.images + "/initrd.gz", Self.images + "/network.gz", archive] {
        image += try Files.read(file, limit: 1 << 28)
        // The kernel looks for the next archive at a multiple of four bytes.
        image += [UInt8](repeating: 0, count: (4 - image.count % 4) % 4)
      }
      try Files.replace(folder + "/image", with: image, mode: 0o600, durable: false)
    } catch {
      remove()
      throw error
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs it until it switches itself off.
  /// - Returns: The lines of its console.
  /// - Throws: `.timeout` if it still runs after that time; it is ended then.
  func run(_ program: String, seconds: Int64) throws -> [String] {
    let console = folder + "/console"
    let output = open(console, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw Errno(errno) }
    defer { close(output) }
    let machine = try Self.spawn(
      [
        Self.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35", "-accel", "tcg", "-m",
        "256", "-no-reboot", "-sandbox", "on", "-serial", "stdio", "-kernel", Self.images + "/vmlinuz", "-initrd",
        folder + "/image", "-append", "console=ttyS0 quiet panic=-1 rdinit=\(program)",
      ], output: output)
    var ready = pollfd(fd: machine.descriptor.raw, events: Int16(POLLIN), revents: 0)
    let end = Clock.now() + seconds * 1000
    while poll(&ready, 1, Int32(max(0, end - Clock.now()))) < 0 && errno == EINTR {}
    let isOver = ready.revents != 0
    if !isOver { try machine.signal(SIGKILL) }
    _ = try machine.reap(blocking: true)
    let text = String(decoding: try Files.read(console, limit: 1 << 20), as: UTF8.self)
    guard isOver else {
      throw Failure(
        .timeout, operation: "run \(program)",
        cause: "it still ran after \(seconds) s, and had said: \(text.suffix(2000))")
    }
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }

  private static func spawn(_ words: [String], output: Int32) throws -> ProcessHandle {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let path = ["PATH=" + (environment["PATH"] ?? "/usr/bin:/bin")]
    return try ProcessHandle.spawn(
      words[0], arguments: words, environment: path, descriptors: [(null, 0), (output, 1), (2, 2)])
  }
}
