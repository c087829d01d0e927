import Foundation
import Linux
import NodeAPI
import Testing

@testable import NodeClient

extension GuestTests {
  /// What guests, their hypervisors and those who operate can keep the supervisor busy with.
  @Suite(.serialized) struct GuestAttackTests {
    private static let bound: UInt64 = 400 << 20

    /// Programs that write without end, files that are read as a whole, and a port that is flooded.
    @Test func aGuestThatSendsMuch() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        // The agent keeps what it has collected several times over.
        let spec = rig.guestSpec("w").replacingOccurrences(of: "memory: 128MiB", with: "memory: 512MiB")
        await rig.ok("create", "-f", "-", "--start", input: spec)
        await rig.ok("wait", "w", "--state", "agent", "--timeout", "90")
        let bystanders = Bystanders(rig: rig, vm: "seen")

        let written = try await bystanders.watch("output of programs in guests") {
          for _ in 0..<2 {
            let flood = await rig.exec(
              "w", ["sh", "-c", "head -c 17000000 /dev/zero; exit 9"], options: ["--timeout", "200"])
            #expect(flood.bytes.count == 16 << 20 && flood.status == 9, "\(flood.bytes.count) \(flood.error)")
          }
        }
        #expect(written < Self.bound)

        await rig.ok("exec", "w", "--", "sh", "-c", "head -c 16777216 /dev/zero > /tmp/large")
        let read = try await bystanders.watch("large files of guests") {
          for _ in 0..<3 {
            try await NodeConnection.with(socket: rig.apiSocket) { node in
              let part = try await node.call("read", within: .seconds(120)) {
                try await node.daemon.readGuestFile(
                  .with { ($0.vmID, $0.path, $0.maxSize) = ("w", "/tmp/large", 16 << 20) }, options: $0)
              }
              #expect(part.data.count == 16 << 20)
            }
          }
        }
        #expect(read < Self.bound)

        let flooded = try await bystanders.watch("flood of an agent's port") {
          await rig.floodAgentPort("w")
          for _ in 0..<20 {
            #expect(await rig.exec("w", ["true"], options: ["--timeout", "2"]).status != 0)
          }
        }
        #expect(flooded < Self.bound)
        for vm in ["w", "seen"] { await rig.ok("delete", vm, "--force") }
      }
    }

    /// Hypervisors that send events without end.
    @Test func hypervisorsThatFlood() async throws {
      try await Rig.run(settings: Rig.generous + ["QEMU=\(Rig.programs)/standin"]) { rig in
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        let most = try await Bystanders(rig: rig, vm: "seen").watch("events of hypervisors") {
          let names = (0..<4).map { "flood\($0)" }
          for name in names { await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec(name)) }
          // Others are started, asked and ended meanwhile. Whoever floods makes only itself wait.
          for _ in 0..<10 {
            await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("other"))
            for verb in ["pause", "resume"] { await rig.ok(verb, "other") }
            await rig.ok("delete", "other", "--force")
            for name in names { #expect(await rig.status(name).state == "running") }
          }
          for name in names { await rig.ok("delete", name, "--force") }
        }
        #expect(most < Self.bound)
        await rig.ok("delete", "seen", "--force")
      }
    }

    /// Documents that stand for more than they say.
    @Test func documentsThatExplode() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        let levels = (1..<28).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1), *l\($0 - 1)]" }
        let document = "name: bad\nl0: &l0 [a, b]\n" + levels.joined(separator: "\n") + "\n"
        let most = try await Bystanders(rig: rig, vm: "seen").watch("documents that explode") {
          for _ in 0..<10 {
            await withTaskGroup(of: Void.self) { group in
              for _ in 0..<8 {
                group.addTask {
                  let refused = await rig.cli("create", "-f", "-", input: document)
                  #expect(refused.status == 1 && refused.error.contains("more than 100000 values"), "\(refused.error)")
                }
              }
            }
          }
        }
        #expect(most < Self.bound)
        await rig.ok("delete", "seen", "--force")
      }
    }

    /// Starts with pipes that nobody writes to.
    @Test func startsThatWouldHang() async throws {
      try await Rig.run { rig in
        await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("seen"))
        mkfifo(rig.image("pipe"), 0o666)
        chmod(rig.image("pipe"), 0o666)
        let names = (0..<8).map { "pipe\($0)" }
        for name in names {
          await rig.ok(
            "create", "-f", "-", input: "name: \(name)\nmemory: 64MiB\nboot: {kernel: \(rig.image("pipe"))}\n")
        }
        let most = try await Bystanders(rig: rig, vm: "seen").watch("starts with pipes") {
          for _ in 0..<10 {
            await withTaskGroup(of: Void.self) { group in
              for name in names {
                group.addTask {
                  let refused = await rig.cli("start", name)
                  #expect(refused.status != 0 && refused.error.contains("named pipe"), "\(refused.error)")
                }
              }
            }
          }
          await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("last"))
        }
        #expect(most < Self.bound)
        for vm in names + ["last", "seen"] { await rig.ok("delete", vm, "--force") }
      }
    }
  }
}
