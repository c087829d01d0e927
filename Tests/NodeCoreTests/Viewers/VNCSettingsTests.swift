import Failure
import Foundation
import Testing
import VMSpec

@testable import NodeCore

/// Section `[VNC]`, and what a VM may ask of it.
struct VNCSettingsTests {
  private static func read(_ lines: String) throws -> VNCSettings? {
    let path = FileManager.default.temporaryDirectory.appending(path: "vnc-\(UUID()).conf").path
    try Data("[VNC]\n\(lines)\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Settings.load(path).vnc
  }

  @Test func addressesAreRead() throws {
    #expect(try Self.read("") == nil && Self.read("Listen=off\nPorts=6000-6001") == nil)
    #expect(
      try Self.read("Listen=192.0.2.1")
        == VNCSettings(listen: "192.0.2.1", announced: "192.0.2.1", ports: 5900...5999, passwordLifetime: 60))
    let all = try Self.read("Listen=::\nAnnounce=node1.example\nPorts=6000\nPasswordLifetime=5")
    #expect(all == VNCSettings(listen: "::", announced: "node1.example", ports: 6000...6000, passwordLifetime: 5))
  }

  @Test(arguments: [
    "Listen=0.0.0.0", "Listen=node1", "Listen=192.0.2.1:5900", "Listen=192.0.2.1\nPorts=80-90",
    "Listen=192.0.2.1\nPorts=6001-6000", "Listen=192.0.2.1\nPorts=a-b", "Listen=192.0.2.1\nPasswordLifetime=0",
  ])
  func othersAreRefused(lines: String) {
    let refusal = #expect(throws: Failure.self) { try Self.read(lines) }
    #expect(refusal?.remedy.isEmpty == false || refusal?.cause.isEmpty == false)
  }

  @Test func aPortIsOneOfTheNodes() throws {
    let node = VNCSettings(listen: "192.0.2.1", announced: "a", ports: 5900...5999, passwordLifetime: 60)
    func check(_ port: Int?, _ node: VNCSettings?, _ others: [String: Int] = [:]) -> Failure.Code? {
      let spec = VMSpec(name: "web", memory: 1 << 30, boot: .firmware(.bios), display: .vnc, vncPort: port)
      do throws(Failure) { try VNCSettings.check(spec, node, others: others) } catch { return error.code }
      return nil
    }
    #expect(check(nil, nil) == nil && check(5901, nil) == .state)
    #expect(check(5901, node) == nil && check(6000, node) == .invalid)
    #expect(check(5901, node, ["db": 5901]) == .exists && check(5901, node, ["web": 5901, "db": 5902]) == nil)
  }
}
