import Failure
import Foundation
import Testing

@testable import VMSpec

/// What is booted from, and in which order.
struct BootOrderTests {
  private static func spec(_ more: String) throws(Failure) -> VMSpec {
    try VMSpec.parse("name: web\nmemory: 512MiB\n\(more)\n")
  }
  private static let devices = """
    disks: [{size: 1MiB}, {size: 1MiB, bootable: true}]
    cdroms: [{path: /a.iso}, {}]
    nics: [{}]
    """

  @Test func turnsFollowTheOrder() throws {
    let usual = BootTurns(try Self.spec(Self.devices))
    #expect(usual.disks == [1: 1, 0: 2] && usual.cdroms == [0: 3, 1: 4] && usual.nics.isEmpty)
    let asked = BootTurns(try Self.spec(Self.devices + "\nbootOrder: [network, cdrom]"))
    #expect(asked.nics == [0: 1] && asked.cdroms == [0: 2, 1: 3] && asked.disks.isEmpty)
    let installer = BootTurns(try Self.spec("disks: [{size: 1MiB}]\ncdroms: [{}, {path: /a.iso, bootable: true}]"))
    #expect(installer.cdroms == [1: 1, 0: 2] && installer.disks == [0: 3])
    let direct = BootTurns(try Self.spec("boot: {kernel: /k}\ndisks: [{size: 1MiB}]"))
    #expect(direct == BootTurns(VMSpec(name: "a", memory: 1, boot: .firmware(.bios))))
  }

  @Test(arguments: [
    "bootOrder: [disk, disk]\ndisks: [{size: 1MiB}]", "bootOrder: [floppy]\ndisks: [{size: 1MiB}]",
    "bootOrder: [cdrom]\ndisks: [{size: 1MiB}]", "bootOrder: [network, disk]\ndisks: [{size: 1MiB}]",
    "bootOrder: [disk]\nboot: {kernel: /k}\ndisks: [{size: 1MiB}]",
    "boot: {kernel: /k}\ndisks: [{size: 1MiB, bootable: true}]",
    "boot: {kernel: /k}\ncdroms: [{bootable: true}]", "disks: [{size: 1MiB}]\nvncPort: 5901",
    "disks: [{size: 1MiB}]\ndisplay: vnc\nvncPort: 80", "disks: [{size: 1MiB}]\nguestOs: plan9",
  ])
  func othersAreRefused(more: String) {
    let refusal = #expect(throws: Failure.self) { try Self.spec(more) }
    #expect(refusal?.code == .invalid && refusal?.remedy.isEmpty == false, "\(String(describing: refusal))")
  }

  @Test func theNetworkAloneIsSomethingToBoot() throws {
    #expect(try Self.spec("bootOrder: [network]\nnics: [{}]").bootsFromNetwork)
  }

  @Test func recordsReadBack() throws {
    let full = try Self.spec(
      Self.devices + "\nbootOrder: [cdrom]\nguestOs: windows_legacy\nmemoryHugepages: true\ndisplay: vnc\nvncPort: 5901"
    )
    for spec in [full, try Self.spec("disks: [{size: 1MiB}]")] {
      let text = String(decoding: try JSONEncoder().encode(spec), as: UTF8.self)
      #expect(try JSONDecoder().decode(VMSpec.self, from: Data(text.utf8)) == spec)
      #expect(text.contains("guestOs") == (spec == full))
    }
  }
}
