import Failure
import Foundation
import Testing

@testable import VMSpec

@Suite struct SpecDocumentTests {
  static let full = """
    name: web-1.a_b
    labels:
      tier: front
      rank: 1
      quoted: "true"
    vcpus: 4
    memory: 1GiB
    machine: q35
    accel: tcg
    boot:
      kernel: ./vmlinuz
      initrd: images/initrd.gz
      cmdline: quiet panic=-1
    disks:
      - path: /srv/a.qcow2
      - name: data
        format: raw
        size: 10GiB
      - path: b.img
        readonly: true
    nics:
      - {}
      - network: lab
        address: 10.1.2.3
    console: false
    agent: false
    restart:
      policy: onFailure
      maxAttempts: 5
      backoff: 2m
    """

  static let fullSpec = VMSpec(
    name: "web-1.a_b", labels: ["tier": "front", "rank": "1", "quoted": "true"], vcpus: 4, memory: 1 << 30,
    accel: .tcg,
    boot: .kernel(KernelBoot(kernel: "./vmlinuz", initrd: "images/initrd.gz", cmdline: "quiet panic=-1")),
    disks: [
      DiskSpec(path: "/srv/a.qcow2", isFormatGuessed: true), DiskSpec(name: "data", format: .raw, size: 10 << 30),
      DiskSpec(path: "b.img", format: .raw, isFormatGuessed: true, readonly: true),
    ], nics: [NICSpec(), NICSpec(network: "lab", address: "10.1.2.3")], console: false, agent: false,
    restart: RestartSpec(policy: .onFailure, maxAttempts: 5, backoff: 120))

  @Test func everyKeyIsRead() throws { #expect(try VMSpec.parse(Self.full) == Self.fullSpec) }

  @Test func defaultsAreThePromisedOnes() throws {
    let spec = try VMSpec.parse("{name: a, memory: 16MiB, boot: {kernel: k}}")
    #expect(spec == VMSpec(name: "a", memory: 16 << 20, boot: .kernel(KernelBoot(kernel: "k"))))
    #expect(spec.vcpus == 1 && spec.machine == .q35 && spec.accel == .auto && spec.console && spec.agent)
    #expect(spec.restart.policy == .never && spec.disks.isEmpty && spec.nics.isEmpty)
    let disk = try VMSpec.parse("{name: a, memory: 16MiB, disks: [{path: a}]}")
    #expect(disk.boot == .firmware(.bios))
  }

  @Test func jsonAndYAMLAreTheSame() throws {
    let data = try JSONEncoder().encode(Self.fullSpec)
    #expect(try VMSpec.parse(String(decoding: data, as: UTF8.self)) == Self.fullSpec)
    #expect(try JSONDecoder().decode(VMSpec.self, from: data) == Self.fullSpec)
    let pretty = """
      {
        "name": "web", "memory": "512MiB",
        "boot": {"firmware": "uefi"},
        "disks": [{"path": "x.qcow2", "sizee": 1}]
      }
      """
    #expect(throws: Failure.self) { try VMSpec.parse(pretty) }
    let firmware = VMSpec(name: "b", memory: 1 << 28, boot: .firmware(.uefi), disks: [DiskSpec(path: "x")])
    let text = String(decoding: try JSONEncoder().encode(firmware), as: UTF8.self)
    #expect(try VMSpec.parse(text) == firmware)
  }

  @Test(
    arguments: [
      ("16777216", 16 << 20), ("256MiB", 256 << 20), ("512M", 512 << 20), ("\"1 GiB\"", 1 << 30), ("2G", 2 << 30),
      ("16TiB", 16 << 40), ("32768K", 32 << 20),
    ] as [(String, UInt64)])
  func memoryUnits(text: String, bytes: UInt64) throws {
    #expect(try VMSpec.parse("{name: a, memory: \(text), boot: {kernel: k}}").memory == bytes)
  }

  @Test(arguments: [
    ("a.qcow2", DiskSpec.Format.qcow2), ("a.raw", .raw), ("a.IMG", .raw), ("dir.raw/a", .qcow2), ("a", .qcow2),
    ("x.ext4", .raw),
  ])
  func formatByExtension(path: String, format: DiskSpec.Format) throws {
    #expect(try VMSpec.parse("{name: a, memory: 16M, disks: [{path: \(path)}]}").disks.first?.format == format)
  }

  @Test func relativePathsBecomeAbsolute() {
    let spec = Self.fullSpec.resolvingPaths(against: "/home/u")
    #expect(
      spec.boot
        == .kernel(
          KernelBoot(kernel: "/home/u/vmlinuz", initrd: "/home/u/images/initrd.gz", cmdline: "quiet panic=-1")))
    #expect(spec.disks.map(\.path) == ["/srv/a.qcow2", nil, "/home/u/b.img"])
    #expect(spec.resolvingPaths(against: "/elsewhere") == spec)
  }

  @Test func disksWithoutPathHaveAFileName() {
    #expect(DiskSpec(size: 1).fileName(at: 3) == "disk3.qcow2")
    #expect(DiskSpec(name: "data", format: .raw, size: 1).fileName(at: 0) == "data.raw")
  }
}
