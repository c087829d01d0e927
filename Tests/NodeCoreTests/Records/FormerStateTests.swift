import Failure
import Foundation
import IPCPeer
import Life
import Linux
import Testing

@testable import NodeCore
@testable import Storage
@testable import VMSpec

/// A state folder as the release before wrote it, `Former`, is read whole by this one. Its files are never changed.
@Suite struct FormerStateTests {
  private static let kept = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Former").path
  /// When they were written, on which boot.
  private static let now = HostInstant(
    wall: Date(timeIntervalSince1970: 1_795_000_000), boot: "6f0c2f4e-5a0b-4a53-9b5e-0d6a2e1c7b98", sinceBoot: 86_400.25
  )

  static func ago(_ seconds: Double) -> Date { now.wall - seconds }
  static func id(_ number: Int) -> String {
    "5d2c1f0e-8a4b-4c3d-9e7f-0000000000" + (number < 10 ? "0" : "") + "\(number)"
  }

  /// Runs `body` with a copy.
  private func withCopy<R>(_ body: (Paths) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.path + "/former-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: Self.kept, toPath: folder)
    defer { try? Files.removeFolder(folder) }
    return try await body(Paths(state: folder + "/state", runtime: folder + "/run"))
  }

  private func loaded() async throws -> [String: Record] {
    try await withCopy { paths in
      let (records, quarantined) = try RecordStore(paths: paths).load()
      #expect(quarantined.map(\.id) == [Self.id(13)], "\(quarantined)")
      return Dictionary(uniqueKeysWithValues: records.map { ($0.spec.name, $0) })
    }
  }

  /// All that a record says, for comparing two.
  private static func words(_ record: Record) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  // MARK: the folder

  @Test func itsFormatIsTakenOverAndANewerOneIsNot() async throws {
    try await withCopy { paths in
      let format = StateFormat(paths)
      #expect(try Files.readText(format.path) == "1\n")
      #expect(try format.settle() == nil)
      #expect(try Files.readText(format.path) == "\(StateFormat.current)\n")
      try Files.replace(format.path, with: Array("\(StateFormat.current + 1)\n".utf8))
      let refusal = try #require(throws: Failure.self) { try format.settle() }
      #expect(refusal.code == .state && refusal.cause.contains("a newer release"), "\(refusal)")
    }
  }

  @Test func everyRecordIsReadAndWhatIsWrittenIsOfThisRelease() async throws {
    try await withCopy { paths in
      let store = RecordStore(paths: paths)
      let (records, quarantined) = try store.load()
      #expect(records.count == 12)
      #expect(quarantined.first?.why.cause == "it was set aside at an earlier start")
      for record in records {
        #expect(record.schema == Record.currentSchema)
        try await store.save(record)
        let text = try Files.readText(paths.vm(record.id).record)
        #expect(text.contains("\"\(Record.currentSchema)\""))
        for key in ["story", "wish", "places", "unfinished", "step", "cure", "procurator.record.v1"] {
          #expect(!text.contains("\"\(key)\""), "\(record.spec.name) is written with \(key)")
        }
      }
      let (again, _) = try RecordStore(paths: paths).load()
      for (before, after) in zip(records, again) { #expect(try Self.words(before) == Self.words(after)) }
    }
  }

  @Test func aRecordOfANewerReleaseIsSetAsideWhole() async throws {
    try await withCopy { paths in
      let path = paths.vm(Self.id(1)).record
      let former = RecordStore(paths: paths)
      let own = try #require(try former.load().records.first { $0.id == Self.id(1) })
      try await former.save(own)
      let newer = try Files.readText(path).replacing(Record.currentSchema, with: "procurator.record.v3")
      try Files.replace(path, with: Array(newer.utf8))
      let (records, quarantined) = try RecordStore(paths: paths).load()
      #expect(records.count == 11)
      let one = try #require(quarantined.first { $0.id == Self.id(1) })
      #expect(one.why.cause.contains("procurator.record.v3"), "\(one.why)")
      #expect(try Files.readText(one.path + "/vm.json") == newer)
    }
  }

  // MARK: records

  @Test func aVMWithEverythingIsReadKeyByKey() async throws {
    let web = try #require(try await loaded()["web"])
    #expect(web.spec == Self.webSpec)
    #expect(web.id == Self.id(1) && web.createdAt == Self.ago(200_000))
    #expect(web.desired == .on && web.state == .running && web.generation == 7)
    #expect(web.why == nil && web.request == nil && web.restart == nil && web.pendingOperation == nil)
    let cut = try #require(web.cut)
    #expect(cut.code == .timeout && cut.operation == "start anew" && cut.part == nil)
    #expect(cut.remedy.hasSuffix("vmsupervisor reboot --timeout SECONDS web"))
    #expect(web.attempts == 1 && web.restarts == 3 && web.startSeconds == 2.375 && web.boot == Self.now.boot)
    #expect(web.secondsInState(at: Self.now) == 3600)
    #expect(
      web.devices.disks == [
        .init(number: 0), .init(number: 2, port: 3, id: "disk-7f"), .init(number: 1), .init(number: 5, port: 0),
      ])
    #expect(web.devices.nics == [.init(number: 0), .init(number: 3, port: 1, id: "nic-1")])
    #expect(
      web.images == [
        KnownImage(disk: "root", since: Self.ago(190_000)), KnownImage(disk: "data", path: "/srv/data/web.img"),
        KnownImage(disk: "disk2", path: "/srv/shared/tools.qcow2", since: Self.ago(100_000)),
        KnownImage(disk: "scratch", since: Self.ago(50_000)),
      ])
    let port = try #require(web.ports.first)
    #expect(port.nic == 0 && port.slot.network == "default" && port.slot.shard == 1 && port.slot.host == 7)
    #expect(port.tap == "pcr1-7" && port.mac == 0x0250_0a64_0107 && port.address == 0x0a64_0107 && port.prefix == 24)
    #expect(port.gateway == 0x0a64_0101 && port.mtu == 1500 && port.hasPolicy == true)
    #expect(port.address6 == IPv6Address(high: 0xfd00_0000_0000_0001, low: 7))
    let inside = try #require(web.ports.last)
    #expect(inside.nic == 3 && inside.tap == "pcr4-20" && inside.gateway == 0 && inside.mtu == 9000)
    #expect(inside.address6 == nil && inside.hasPolicy == nil)
    #expect(
      web.forwards == [
        SavedForward(nic: 0, protocol: .tcp, guest: 80, host: 8080, isAutomatic: false),
        SavedForward(nic: 0, protocol: .udp, guest: 53, host: 30_001, isAutomatic: true),
      ])
  }

  @Test func itsHistoryIsWhole() async throws {
    let records = try await loaded()
    let web = try #require(records["web"]?.history)
    #expect(
      web.map(\.what) == [
        "created", "start requested by alice (uid 1000, pid 4711)", "start failed", "automatic start",
        "hypervisor answers", "guest started anew",
      ])
    #expect(web.map(\.from) == [nil, .stopped, .starting, .failed, .starting, nil])
    #expect(web.map(\.to) == [.pending, .starting, .failed, .starting, .running, nil])
    #expect(web.map(\.time) == [200_000, 4000, 3700, 3650, 3600, 60].map { Self.ago($0) })
    #expect(web[2].detail?.hasSuffix("correct the path: vmsupervisor start web") == true)
    let database = try #require(records["db"]?.history)
    #expect(database.count == Record.longestHistory && database.first?.what == "start failed")
    #expect(database.last == HistoryEntry(time: Self.ago(4600), what: "automatic start", from: .failed, to: .starting))
  }

  @Test func whatEndedAVMAndWhatComesNextIsKnown() async throws {
    let records = try await loaded()
    let small = try #require(records["small"])
    #expect(
      small.spec
        == VMSpec(
          name: "small", memory: 128 << 20, machine: .microvm, accel: .tcg,
          boot: .kernel(KernelBoot(kernel: "/srv/vmlinuz", initrd: "/srv/initrd.gz", cmdline: "console=ttyS0 quiet")),
          console: false, agent: false))
    #expect(small.memory(at: Self.now) == LifeMemory())
    #expect(small.images == nil && small.forwards == nil && small.ports.isEmpty && small.deviceAddresses == nil)

    let why = Failure(
      .notFound, part: .disk, operation: "open disk root", object: "/srv/db.qcow2", cause: "No such file or directory",
      remedy: "bring it back from a backup; then start it: vmsupervisor start db", errno: 2)
    #expect(
      records["db"]?.memory(at: Self.now)
        == LifeMemory(
          state: .failed, desired: .on, generation: 9, why: why,
          restart: RestartWait(attempt: 4, delay: .milliseconds(8500)), attempts: 3, restarts: 11))
    let panic = Failure(
      .system, operation: "keep running", cause: "the guest's kernel panicked",
      remedy: "see the last console lines: vmsupervisor logs mail")
    #expect(
      records["mail"]?.memory(at: Self.now)
        == LifeMemory(
          state: .stopping, desired: .on, generation: 2, why: panic, request: .stop(timeout: .seconds(90)),
          ending: .failed))
    let quiet = try #require(records["quiet"]?.memory(at: Self.now))
    #expect(quiet.ending == .quiesced && quiet.request == .stop(timeout: .seconds(20)))
    #expect(quiet.why?.remedy.hasSuffix("vmsupervisor start quiet") == true)
  }

  @Test func eachOperationThatWasBegunIsKnownWithWhatWasRequested() async throws {
    let records = try await loaded()
    let nic = NICSpec(
      network: "default", address: "10.100.0.9", allowedDomains: [], forwards: [ForwardSpec(guest: 22)])
    let extra = DiskSpec(name: "extra", path: "/srv/extra.raw", format: .raw, size: 4 << 30)
    let begun: [(String, PendingOperation, RequestedOperation?)] = [
      ("attaches-disk", .attachDisk(name: "extra"), .pause),
      (
        "detaches-disk",
        .detachDisk(extra, index: 1, place: .init(number: 4, port: 2, id: "disk-x"), removes: true), .resume
      ),
      (
        "resizes-disk", .resizeDisk(name: "root", from: 4 << 30, to: 8 << 30),
        .reboot(hard: false, timeout: .seconds(60))
      ),
      ("attaches-nic", .attachNIC(number: 0), .reboot(hard: true, timeout: .zero)),
      ("detaches-nic", .detachNIC(nic, index: 0, place: .init(number: 2)), .kill),
      ("changes-medium", .changeMedium(drive: 0, from: nil, isForced: true), nil), ("adds-drive", .addDrive, nil),
    ]
    for (name, operation, request) in begun {
      let record = try #require(records[name])
      #expect(record.pendingOperation == operation)
      #expect(record.memory(at: Self.now).request == request)
      // The way back has to fit what was written before.
      var back = record
      back.undo(operation)
      #expect(back.spec.disks.count + back.spec.nics.count + back.spec.cdroms.count > 0)
    }
    #expect(records["attaches-disk"]?.devices.disks == [.init(number: 0), .init(number: 4, port: 2)])
    #expect(records["attaches-nic"]?.spec.nics == [nic])
    #expect(records["changes-medium"]?.spec.cdroms == [CDROMSpec(path: "/srv/iso/new.iso")])
  }

  // MARK: what runs

  @Test func aHypervisorThatRunsIsTakenOver() async throws {
    try await withCopy { paths in
      let run = try #require(RecordStore.incarnation(paths.vm(Self.id(1)).incarnation))
      #expect(run.token == "0f0e0d0c-0b0a-4908-8706-050403020100" && run.pid == 4711 && run.startTime == 8_640_025)
      #expect(run.startedAt == Self.ago(3601) && run.generation == 7 && run.accelerator == "tcg")
      #expect(run.handles == [0x0123_4567_89ab_cdef, .max] && run.subordinateUser == 100_001)
      let images = try #require(run.images)
      #expect(images.map(\.what) == ["disk root", "disk data", "kernel"] && images.map(\.number) == [1, 2, 9])
      #expect(images.map(\.bytes) == [4_718_592, nil, 8_000_000] && images.map(\.isWritten) == [true, true, false])
      #expect(images.map(\.identity.inode) == [131, 0, 77] && images.allSatisfy { $0.identity.device == 2049 })
      #expect(images[1].path == "/dev/vg0/web")
      let layers = try #require(run.confinement)
      #expect(layers.count == 8 && layers.filter { !$0.isOn }.map(\.name) == ["landlock", "apparmor"])
      // Sentences then, values now: what they are of, and what helps.
      let weaknesses = run.knownWeaknesses
      #expect(weaknesses.map(\.id) == ["accelerator", "layer.landlock", "layer.apparmor"])
      #expect(weaknesses.map(\.part) == [.accelerator, .confinement, .confinement])
      #expect(weaknesses.allSatisfy { $0.isLasting })
      #expect(weaknesses[0].cause.hasPrefix("running on TCG, far slower than KVM: QEMU 7.2 takes no KVM descriptor"))
      #expect(weaknesses[1].cause == "confined without landlock: the kernel has none")
      #expect(weaknesses[1].remedy == LaunchLayer.landlock.remedy)

      let early = try #require(RecordStore.incarnation(paths.vm(Self.id(4)).incarnation))
      #expect(early.pid == 12 && early.images == nil && early.confinement == nil && early.knownWeaknesses.isEmpty)
      // What this release writes in its place is read as the same.
      try RecordStore.write(run, to: paths.vm(Self.id(1)).incarnation)
      #expect(RecordStore.incarnation(paths.vm(Self.id(1)).incarnation) == run)
    }
  }

  private static let webSpec = VMSpec(
    name: "web", labels: ["tier": "front", "owner": "größe"], vcpus: 4, memory: 2 << 30, accel: .kvm,
    boot: .firmware(.uefi),
    disks: [
      DiskSpec(
        name: "root", format: .qcow2, isFormatGuessed: true, size: 20 << 30, backing: "/srv/images/debian-12.qcow2"),
      DiskSpec(
        name: "data", path: "/srv/data/web.img", format: .raw, isFormatGuessed: true, iops: 500, throughput: 50 << 20),
      DiskSpec(path: "/srv/shared/tools.qcow2", format: .qcow2, readonly: true),
      DiskSpec(name: "scratch", format: .raw, size: 1 << 30),
    ],
    nics: [
      NICSpec(
        network: "default", allowedDomains: ["example.com", "debian.org"],
        allowedAddresses: [
          AddressRule(address: 0x0a00_0000, prefix: 8),
          AddressRule(address: 0xc000_0201, ports: .init(.tcp, 443...443)),
          AddressRule(address: 0xc000_0202, ports: .init(.udp)),
          AddressRule(address: 0xc000_0200, prefix: 24, ports: .init(.tcp, 8000...8999)),
        ],
        forwards: [ForwardSpec(guest: 80, host: 8080), ForwardSpec(guest: 53, protocol: .udp)],
        bandwidth: BandwidthSpec(send: 10 << 20, receive: 20 << 20)),
      NICSpec(network: "inside", address: "10.101.0.20"),
    ],
    restart: RestartSpec(policy: .onFailure, maxAttempts: 5, backoff: 2, maxBackoff: 120, resetAfter: 600),
    health: HealthSpec(
      check: .http, port: 80, path: "/healthz", interval: 15, timeout: 4, threshold: 2, grace: 90),
    limits: LimitsSpec(cpu: 1500, cpuWeight: 200, memoryOverhead: 512 << 20, ioWeight: 50, tasks: 300),
    cdroms: [CDROMSpec(name: "install", path: "/srv/iso/debian.iso"), CDROMSpec()], display: .vnc,
    cloudInit: CloudInitSpec(
      userData: "#cloud-config\nhostname: web\n", metaData: "instance-id: web-1\n", networkConfig: "version: 2\n",
      vendorData: "#cloud-config\n{}\n", sshKeys: ["ssh-ed25519 AAAAC3Nza me@here"], hostname: "web.example.com"),
    strict: true)
}
