import Failure
import Foundation
import Linux
import Logging
import Testing

@testable import NodeCore
@testable import Storage

/// What programs that work on images can do: as a hypervisor, nothing but that.
@Suite struct ToolTests {
  private func inFolder(
    timeout: Duration = ToolRoom.timeout, _ body: (String, ToolRoom) async throws -> Void
  ) async throws {
    let folder = "/tmp/pctool\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let tools = ToolRoom(
      launcher: Rig.programs + "/vmlaunch", isStrict: false, .gather(log: Logger(label: "test")), timeout: timeout)
    try await body(folder, tools)
  }

  private func failure(
    _ tools: ToolRoom, _ tool: Tool, _ arguments: String..., file: borrowing Descriptor
  ) async throws -> Failure? {
    let files = try await tool.files()
    do throws(Failure) {
      try tools.run(tool, files, .init(arguments: arguments), operation: "try", object: "/the/image", file: file.raw)
      return nil
    } catch { return error }
  }

  @Test func aToolHasItsFileAndNothingElse() async throws {
    try await inFolder { folder, tools in
      let image = folder + "/a.qcow2"
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", image, "8M")
      let file = try Files.open(image, O_RDWR)
      let node = #"json:{"driver":"qcow2","backing":null,"file":{"driver":"file","filename":"/proc/self/fd/3"}}"#
      #expect(try await failure(tools, .qemuImage, "resize", "-q", node, "16M", file: file) == nil)
      let head = try Files.read(image)
      #expect(ImageHeader.virtualSize(Array(head.prefix(512))) == 16 << 20)
      // Another's file, and the network.
      let other = folder + "/b.qcow2"
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", other, "8M")
      for place in [other, "/etc/passwd"] {
        let denied = try #require(try await failure(tools, .qemuImage, "info", place, file: file))
        #expect(denied.cause.contains("Permission denied"), "\(denied)")
      }
      let network = try #require(try await failure(tools, .qemuImage, "info", "nbd://127.0.0.1:9/x", file: file))
      #expect(!network.cause.contains("Connection refused"), "it did not come that far: \(network)")
      // Its own words, with the image's path.
      let small = try #require(try await failure(tools, .qemuImage, "resize", "-q", node, "1M", file: file))
      #expect(small.cause.hasPrefix("qemu-img: ") && !small.cause.contains("/proc/self"), "\(small)")
    }
  }

  @Test func aToolEndsWithItsRoom() async throws {
    try await inFolder { folder, tools in
      let sleep = Tool(path: "/usr/bin/sleep", package: "coreutils")
      let files = try await sleep.files()
      let file = try Files.open(folder + "/file", O_RDWR | O_CREAT)
      let number = file.raw
      let outcome = Task.detached {
        do throws(Failure) {
          try tools.run(sleep, files, .init(arguments: ["1000"]), operation: "sleep", object: "", file: number)
          return ""
        } catch { return error.cause }
      }
      tools.close()
      #expect(await outcome.value == "it was cancelled")
      _ = consume file
    }
  }

  @Test func aToolThatNeverEndsIsEnded() async throws {
    try await inFolder(timeout: .milliseconds(300)) { folder, tools in
      let sleep = Tool(path: "/usr/bin/sleep", package: "coreutils")
      let file = try Files.open(folder + "/file", O_RDWR | O_CREAT)
      let late = try #require(try await failure(tools, sleep, "1000", file: file))
      #expect(late.code == .timeout && late.object == "/the/image", "\(late)")
      #expect(late.cause == "sleep did not end within 0.3s" && !late.remedy.isEmpty, "\(late)")
      #expect(Rig.processes(under: folder).isEmpty, "it is gone, and its file is closed")
      // The next has its own time.
      #expect(try await failure(tools, sleep, "0", file: file) == nil)
    }
  }
}
