import Failure
import NodeAPI
import SwiftProtobuf
import Testing

@testable import NodeService
@testable import VMSpec

/// Requests for devices: the contract's fields mean what they meant without ours, and ours come and go beside them.
@Suite struct DeviceRequestsTests {
  private typealias AttachDisk = Limiquantix_Node_V1_AttachDiskRequest

  @Test func theContractsFieldsAreEnough() throws {
    let asked = AttachDisk.with {
      $0.vmID = "w"
      $0.disk.id = "data"
      $0.disk.path = "/srv/data.raw"
      $0.disk.sizeGib = 3
      $0.disk.readonly = true
    }
    let disk = try asked.diskSpec("w")
    #expect(disk == DiskSpec(name: "data", path: "/srv/data.raw", format: .qcow2, readonly: true, size: 3 << 30))
    #expect(!disk.isFormatGuessed, "the contract's first format is qcow2, whatever the file is called")
    #expect(try AttachDisk.with { $0.disk.format = .raw }.diskSpec("w").format == .raw)
    let failure = try #require(throws: Failure.self) { try AttachDisk.with { $0.disk.bus = .ide }.diskSpec("w") }
    #expect(failure.code == .unsupported && failure.object == "w: bus", "\(failure)")
  }

  @Test func oursStandInTheirPlace() throws {
    let asked = AttachDisk.with {
      $0.disk.path = "/srv/data.raw"
      $0.disk.sizeGib = 3
      $0.sizeBytes = 1536
      $0.format = ""
    }
    let disk = try asked.diskSpec("w")
    #expect(disk.size == 1536 && disk.format == .raw && disk.isFormatGuessed)
    let made = try AttachDisk.with { $0.format = "" }.diskSpec("w")
    #expect(made.format == .qcow2 && !made.isFormatGuessed, "an image that is made has no name to guess from")
    var said = asked
    said.format = "qcow2"
    #expect(try said.diskSpec("w").format == .qcow2 && said.diskSpec("w").isFormatGuessed == false)
    said.format = "vmdk"
    let failure = try #require(throws: Failure.self) { try said.diskSpec("w") }
    #expect("\(failure)" == "cannot attach disk w: format: `vmdk` is no format; write qcow2 or raw")
  }

  /// Who knows the contract alone reads an Empty, and is answered one by a supervisor that does.
  @Test func answersAreEmptyToTheContract() throws {
    let attached = Limiquantix_Node_V1_AttachedNIC.with {
      $0.nic.nic = 2
      $0.nic.network = "second"
    }
    let sent: [UInt8] = try attached.serializedBytes()
    _ = try Google_Protobuf_Empty(serializedBytes: sent)
    #expect(try Limiquantix_Node_V1_AttachedNIC(serializedBytes: sent) == attached)
    #expect(try Limiquantix_Node_V1_AttachedDisk(serializedBytes: [UInt8]()).name.isEmpty)
  }

  /// Field 1000 is `c0 3e` on the wire, or with the length of what follows `c2 3e`: nobody's of the contract.
  @Test func oursBeginAt1000() throws {
    func bytes(_ message: some Message) throws -> [UInt8] { try message.serializedBytes() }
    #expect(try bytes(AttachDisk.with { $0.sizeBytes = 1 }) == [0xc0, 0x3e, 1])
    #expect(try bytes(AttachDisk.with { $0.format = "" }) == [0xca, 0x3e, 0])
    #expect(try bytes(Limiquantix_Node_V1_AttachedDisk.with { $0.name = "a" }) == [0xc2, 0x3e, 1, 0x61])
    #expect(try bytes(Limiquantix_Node_V1_DetachDiskRequest.with { $0.deleteImage = true }) == [0xc0, 0x3e, 1])
    #expect(try bytes(Limiquantix_Node_V1_AttachNICRequest.with { $0.address = "a" }) == [0xc2, 0x3e, 1, 0x61])
    #expect(try bytes(Limiquantix_Node_V1_AttachedNIC.with { $0.nic = .init() }) == [0xc2, 0x3e, 0])
    #expect(try bytes(Limiquantix_Node_V1_DetachNICRequest.with { $0.number = 0 }) == [0xc0, 0x3e, 0])
    #expect(try bytes(Limiquantix_Node_V1_ChangeMediaRequest.with { $0.force = true }) == [0xc0, 0x3e, 1])
    #expect(try bytes(Limiquantix_Node_V1_ResizeVolumeRequest.with { $0.vmID = "" }) == [0xc2, 0x3e, 0])
    #expect(try bytes(Limiquantix_Node_V1_ResizeVolumeRequest.with { $0.diskID = "a" }) == [0xca, 0x3e, 1, 0x61])
  }
}
