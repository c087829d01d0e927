import Foundation
import Testing

@testable import NodeService

/// How a node is called.
@Suite struct NodeIdentityTests {
  /// As systemd-id128(1) says with --app-specific=8f0c2d5be4a94d1fb7c36e10a25d947f.
  @Test func itIsWhatSystemdMakes() {
    #expect(
      NodeIdentity.derived("3d1219c7c4c5404aaa1f6d2a48adfda4\n") == "4633f4ad-36ba-4516-9ef5-5a7604eb9856")
    for text in ["", "uninitialized", "3d12", String(repeating: "0", count: 32), String(repeating: "+1", count: 16)] {
      #expect(NodeIdentity.derived(text) == nil, "\(text)")
    }
  }

  @Test func withoutMachineIDItIsKept() throws {
    let folder = "/tmp/identity-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let id = NodeIdentity.read(machineID: folder + "/none", kept: folder + "/node-id")
    #expect(id != nil && UUID(uuidString: id ?? "") != nil)
    #expect(NodeIdentity.read(machineID: folder + "/none", kept: folder + "/node-id") == id)
    #expect(NodeIdentity.read(machineID: folder + "/none", kept: folder + "/no/folder") == nil)
  }
}
