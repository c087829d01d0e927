import Failure
import Foundation
import Storage
import Testing
import VMSpec

@testable import NodeCore

/// Manifests of saved VMs, which may be anything, and where folders may lie.
@Suite struct SaveManifestTests {
  private static let file = SavedFile(name: "vm.json", bytes: 100, sha256: String(repeating: "0", count: 64))

  private static func disk(_ name: String, file: String? = nil, size: UInt64 = 1 << 20) -> SaveManifest.Disk {
    SaveManifest.Disk(
      name: name, size: size, file: SavedFile(name: file ?? "disk-\(name).qcow2", bytes: 1, sha256: ""))
  }

  private static func manifest(_ disks: [SaveManifest.Disk] = [disk("a")]) -> SaveManifest {
    let id = RecordID.random().wrappedValue
    return SaveManifest(
      id: id, createdAt: Date(timeIntervalSince1970: 1_800_000_000), vmID: id, vmName: "web", consistency: .crash,
      addresses: nil, document: file, disks: disks, firmware: nil, memory: nil, hardware: nil)
  }

  private static func read(_ manifest: SaveManifest) throws -> SaveManifest {
    try SaveManifest.read(RecordStore.bytes(of: manifest), at: "/m", "restore")
  }

  private static func refusal(_ manifest: SaveManifest) -> Failure? {
    #expect(throws: Failure.self) { try read(manifest) }
  }

  @Test func whatIsWrittenIsRead() throws {
    let manifest = Self.manifest()
    #expect(try Self.read(manifest) == manifest)
  }

  @Test func otherReleasesAreNamed() throws {
    var other = Self.manifest()
    other.format = "procurator.save.v2"
    #expect(Self.refusal(other)?.code == .unsupported)
    for text in ["", "{}", "[]", "{\"format\":1}", "{\"format\":\"procurator.save.v1\"}"] {
      let failure = #expect(throws: Failure.self) { try SaveManifest.read(Array(text.utf8), at: "/m", "restore") }
      #expect(failure?.code == .invalid, "\(text)")
    }
  }

  @Test func noNameLeadsElsewhere() {
    for name in ["../a", "/etc/shadow", "a/b", "disk-b.qcow2", "manifest.json", "", ".", "disk-a.qcow2\u{0}"] {
      #expect(Self.refusal(Self.manifest([Self.disk("a", file: name)]))?.code == .invalid, "\(name)")
    }
    #expect(Self.refusal(Self.manifest([Self.disk("../x")]))?.code == .invalid)
    #expect(Self.refusal(Self.manifest([Self.disk("a"), Self.disk("a")]))?.code == .invalid)
    for size: UInt64 in [0, 100, .max] {
      #expect(Self.refusal(Self.manifest([Self.disk("a", size: size)]))?.code == .invalid)
    }
    var nameless = Self.manifest()
    nameless.memory = SavedFile(name: "memory", bytes: 1, sha256: "")
    #expect(Self.refusal(nameless)?.code == .invalid, "nothing says what the memory needs")
  }

  @Test func theSpecificationBelongsToIt() throws {
    let spec = VMSpec(
      name: "web", memory: 32 << 20, boot: .firmware(.bios),
      disks: [
        DiskSpec(path: "/srv/a.raw", format: .raw), DiskSpec(path: "/srv/base.qcow2", readonly: true),
        DiskSpec(name: "b", size: 1 << 20, backing: "/srv/base.qcow2"),
      ], nics: [NICSpec(address: "10.100.0.9", forwards: [])])
    let saved = spec.saved(sizes: [0: 1 << 20, 2: 2 << 20])
    #expect(
      saved.disks[0].path == nil && saved.disks[0].format == .qcow2 && saved.disks[0].effectiveName(at: 0) == "disk0")
    #expect(saved.disks[1] == spec.disks[1] && saved.disks[2].backing == nil && saved.disks[2].size == 2 << 20)
    let manifest = Self.manifest([Self.disk("disk0"), Self.disk("b")])
    try manifest.check(saved, at: "/m", "restore")
    #expect(throws: Failure.self) { try manifest.check(spec, at: "/m", "restore") }
    #expect(throws: Failure.self) { try Self.manifest([Self.disk("b")]).check(saved, at: "/m", "restore") }
    let (same, nothing) = saved.renamed("web")
    #expect(same == saved && nothing.isEmpty)
    let (other, remarks) = saved.renamed("other")
    #expect(other.nics[0].address == nil && other.name == "other" && remarks.count == 1)
  }

  /// Whoever counts on from a number that is out of all bounds would end the supervisor.
  @Test func placesOfDevicesAreThoseOfABoard() throws {
    typealias Place = DeviceAddresses.Address
    let spec = VMSpec(
      name: "web", memory: 32 << 20, boot: .firmware(.bios), disks: [DiskSpec(name: "a"), DiskSpec(name: "b")],
      nics: [NICSpec()])
    func check(_ disks: [Place], _ nics: [Place]) throws {
      var (manifest, places) = (Self.manifest([Self.disk("a"), Self.disk("b")]), DeviceAddresses(spec))
      (places.disks, places.nics) = (disks, nics)
      manifest.addresses = places
      try manifest.check(spec, at: "/m", "restore")
    }
    try check([Place(number: 15, port: 7, id: "Root disk"), Place(number: 0)], [Place(number: 7, port: 0)])
    for number in [Int.max, .min, -1, 16, 300] {
      #expect(throws: Failure.self) { try check([Place(number: number), Place(number: 1)], [Place(number: 0)]) }
      #expect(throws: Failure.self) { try check([Place(number: 0), Place(number: 1)], [Place(number: number)]) }
      #expect(throws: Failure.self) {
        try check([Place(number: 0, port: number), Place(number: 1)], [Place(number: 0)])
      }
    }
    #expect(throws: Failure.self) { try check([Place(number: 1), Place(number: 1)], [Place(number: 0)]) }
    #expect(throws: Failure.self) { try check([Place(number: 0), Place(number: 1)], [Place(number: 8)]) }
    #expect(throws: Failure.self) {
      try check([Place(number: 0, port: 3), Place(number: 1)], [Place(number: 0, port: 3)])
    }
    #expect(throws: Failure.self) { try check([Place(number: 0), Place(number: 1)], []) }
    for id in ["a\u{0}", String(repeating: "a", count: 256)] {
      #expect(throws: Failure.self) { try check([Place(number: 0, id: id), Place(number: 1)], [Place(number: 0)]) }
    }
  }

  @Test func namesAreNamesOfOneVM() throws {
    for name in ["", "a b", "../x", String(repeating: "a", count: 64)] {
      var manifest = Self.manifest()
      manifest.vmName = name
      #expect(Self.refusal(manifest)?.code == .invalid, "\(name)")
    }
    var given = Self.manifest()
    given.givenName = "Another VM"
    #expect(Self.refusal(given)?.code == .invalid, "it is not called so")
    given.vmName = DerivedName.of("Another VM", kind: "vm")
    #expect(try Self.read(given) == given)
    let spec = VMSpec(
      name: "web", memory: 32 << 20, boot: .firmware(.bios), disks: [DiskSpec(name: "a")], cdroms: [CDROMSpec()])
    #expect(throws: Failure.self) { try given.check(spec, at: "/m", "restore") }
    var drives = Self.manifest()
    drives.givenDrives = [spec.cdroms[0].effectiveName(at: 0): "The tools"]
    try drives.check(spec, at: "/m", "restore")
    drives.givenDrives = ["x": "The tools"]
    #expect(throws: Failure.self) { try drives.check(spec, at: "/m", "restore") }
  }

  /// A guest that cannot be told other addresses is not made to go on with those of another.
  @Test func guestsThatCannotBeToldBoot() throws {
    var spec = VMSpec(name: "web", memory: 32 << 20, boot: .firmware(.bios), disks: [DiskSpec(name: "a")])
    for system in GuestOS.allCases {
      (spec.guestOs, spec.nics) = (system, [])
      try spec.checkCopy("restore")
      spec.nics = [NICSpec()]
      if system.isWindows || system == .freebsd {
        let failure = #expect(throws: Failure.self) { try spec.checkCopy("restore") }
        #expect(failure?.code == .unsupported && failure?.cause.contains(system.rawValue) == true)
      } else {
        try spec.checkCopy("restore")
      }
    }
  }

  @Test func placesAreThoseOfTheAdministrator() throws {
    let roots = ["/srv/saves", "/mnt/more"]
    #expect(try SavePlace.find("monday", roots: roots, "save").path == "/srv/saves/monday")
    #expect(try SavePlace.find("/mnt//more/monday/", roots: roots, "save").path == "/mnt/more/monday")
    for text in [
      "", ".", "..", ".x", "a/b", "a b", "/", "/srv/saves", "/srv/saves/a/b", "/srv/saves/../x", "/etc/x",
      "/srv/saves/.saving-x", "a\u{0}", String(repeating: "a", count: 129), "/srv/savesx/a",
    ] {
      let failure = #expect(throws: Failure.self) { try SavePlace.find(text, roots: roots, "save") }
      #expect(failure?.code == .invalid, "\(text)")
    }
    #expect(throws: Failure.self) { try SavePlace.find("a", roots: [], "save") }
  }
}
