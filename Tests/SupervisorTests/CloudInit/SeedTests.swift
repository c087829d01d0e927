import Foundation
import IPC
import Linux
import Logging
import Testing

@testable import NodeCore
@testable import Storage
@testable import VMSpec

/// What cloud-init is told, and the image that it lies in.
@Suite struct SeedTests {
  private static func port(_ nic: UInt8, address: UInt32, gateway: UInt32, ipv6: Bool = false) -> SavedPort {
    var reply = Attach.Reply()
    reply.slot = SlotName(network: "default", shard: 0, host: 5)
    reply.port.mac = 0x02_50_0a_64_00_05
    reply.port.address = address
    reply.port.prefix = 24
    reply.port.gateway = gateway
    reply.port.mtu = 1500
    if ipv6 { (reply.port.high6, reply.port.low6) = (0xfd00_0000_0000_0000, 5) }
    return SavedPort(nic: nic, reply)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func whatIsNotSaidIsMade() throws {
    let ports = [
      Self.port(0, address: 0x0a64_0005, gateway: 0x0a64_0001, ipv6: true),
      Self.port(2, address: 0x0a65_0005, gateway: 0x0a65_0001),
    ]
    let seed = try SeedFiles(
      CloudInitSpec(sshKeys: ["ssh-ed25519 AAAA \"me\""]), id: "1-2", name: "web", cards: ports.map(\.seed))
    #expect(seed.userData.hasPrefix("#cloud-config\n"))
    let keys = try object(String(seed.userData.dropFirst(14)))["ssh_authorized_keys"] as? [String]
    #expect(keys == ["ssh-ed25519 AAAA \"me\""])
    let meta = try object(seed.metaData)
    #expect(meta["instance-id"] as? String == "1-2" && meta["local-hostname"] as? String == "web")
    let network = try object(seed.networkConfig)
    #expect(network["version"] as? Int == 2)
    let cards = try #require(network["ethernets"] as? [String: [String: Any]])
    #expect(cards["nic0"]?["addresses"] as? [String] == ["10.100.0.5/24", "fd00::5/64"])
    #expect((cards["nic0"]?["routes"] as? [[String: String]])?.first?["via"] == "10.100.0.1")
    #expect((cards["nic2"]?["routes"] as? [[String: String]])?.isEmpty == true)
    #expect((cards["nic0"]?["match"] as? [String: String])?["macaddress"] == "02:50:0a:64:00:05")
  }

  @Test func whatIsSaidIsTakenAsItIs() throws {
    let said = CloudInitSpec(
      userData: "#!/bin/sh\n", metaData: "instance-id: x\n", networkConfig: "version: 1\n", vendorData: "v",
      hostname: "h")
    let seed = try SeedFiles(said, id: "1", name: "web", cards: [])
    #expect(seed.files.map(\.name) == ["user-data", "meta-data", "network-config", "vendor-data"])
    #expect(seed.files.map(\.text) == ["#!/bin/sh\n", "instance-id: x\n", "version: 1\n", "v"])
  }

  @Test func theImageHasTheLabelAndTheNames() async throws {
    let folder = "/tmp/pcseed\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let seed = try SeedFiles(CloudInitSpec(userData: "hello seed"), id: "1", name: "web", cards: [])
    let tools = ToolRoom(
      launcher: Rig.programs + "/vmlaunch", isStrict: false, .gather(log: Logger(label: "test")))
    try Seed.write(
      seed, to: folder + "/seed.iso", by: EquippedToolRoom(room: tools, files: try await Tool.isoImage.files()))
    #expect(try Files.names(in: folder) == ["seed.iso"])
    let image = try Files.read(folder + "/seed.iso", limit: 1 << 22)
    // ECMA-119, 8.4: the primary volume descriptor is sector 16, its volume identifier at byte 40.
    #expect(image[(16 * 2048 + 40)...].starts(with: Array("cidata".utf8)))
    #expect(image.contains(Array("hello seed".utf8)) && image.contains(Array("user-data".utf8)))
  }
}
