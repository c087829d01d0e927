import Failure
import Foundation
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// A real guest on TCG. Needs `make guest`, or a folder with vmlinuz and initrd.gz in PROCURATOR_GUEST.
@Suite(.serialized) struct RealGuestTests {
  static let images: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let places: [String?] = [
      ProcessInfo.processInfo.environment["PROCURATOR_GUEST"], root.appending(path: ".build-guest").path,
    ]
    return places.compactMap { $0 }.first { FileManager.default.fileExists(atPath: "\($0)/initrd.gz") }
  }()

  @Test(.enabled(if: images != nil), .timeLimit(.minutes(3)), arguments: MachineType.allCases)
  func bootExecPowerOff(machine: MachineType) async throws {
    let images = try #require(Self.images)
    let folder = try TemporaryFolder()
    let spec = VMSpec(
      name: "guest", memory: 256 << 20, machine: machine,
      boot: .kernel(
        KernelBoot(kernel: "\(images)/vmlinuz", initrd: "\(images)/initrd.gz", cmdline: "quiet panic=-1")),
      disks: [DiskSpec(path: try folder.image("a.qcow2", .qcow2))])
    let qemu = try RunningQEMU(spec, folder: folder, stopped: false, tscKHz: TimeStampCounter.measureKHz())
    let client = try await qemu.monitor()
    let agent = try GuestAgent.connect(path: folder.file("agent.sock"))
    for await event in client.events {
      if event.kind == .serialPortChange(id: QEMUCommand.agentPort, open: true) { break }
    }
    await agent.agentOpened()
    try await agent.ping()
    #expect(try await agent.info().commands.contains("guest-exec"))
    let shell = try await agent.exec(
      "/bin/sh", arguments: ["-c", "cat; echo $WORD >&2; exit 7"], environment: ["WORD=said"],
      input: Array("heard".utf8))
    #expect(shell.end == .exited(7) && shell.output == Array("heard".utf8) && shell.errors == Array("said\n".utf8))
    let killed = try await agent.exec("/bin/sh", arguments: ["-c", "kill -9 $$"])
    #expect(killed.end == .signalled(9))
    let big = try await agent.exec("/bin/sh", arguments: ["-c", "head -c 1000000 /dev/zero"])
    #expect(big.output.count == 1_000_000)
    #expect(try await agent.exec("/bin/cat", input: [UInt8](repeating: 65, count: 60_000)).output.count == 60_000)
    let missing = try await #require(throws: Failure.self) { _ = try await agent.exec("/no/such") }
    #expect(missing.code == .system)
    #expect(try await agent.time() > 0)
    #expect(try await agent.networkInterfaces().contains { $0.name == "lo" })
    try await agent.shutdown(.powerdown)
    for await event in client.events {
      if case .shutdown(let guest, let reason) = event.kind {
        #expect(guest && reason == "guest-shutdown")
        break
      }
    }
    // The process stays, so that a late reader still learns how it ended.
    #expect(try await client.queryStatus() == .shutdown)
    await client.close()
    #expect(try await qemu.quit() == .exited(0))
    #expect(!qemu.consoleLog.isEmpty)
  }
}
