import CLinux
import Failure
import Foundation
import Testing

@testable import Linux
@testable import NodeCore
@testable import VMSpec

@Suite struct CgroupTextTests {
  private static let unified = "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let hybrid = """
    32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

    """

  @Test func ownGroupIsFoundWhereItIsMounted() {
    func path(_ cgroup: String, _ mounts: String) -> String? { Cgroup.locate(cgroup: cgroup, mounts: mounts)?.path }
    #expect(path("0::/system.slice/p.service\n", Self.unified) == "/sys/fs/cgroup/system.slice/p.service")
    #expect(path("9:name=systemd:/\n1:cpu:/\n0::/\n", Self.hybrid) == "/sys/fs/cgroup/unified")
    #expect(path("1:cpu:/x\n", Self.hybrid) == nil, "no hierarchy of version 2")
    #expect(path("0::/x\n", "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n") == nil, "not mounted")
    #expect(path("0::/../other\n", Self.unified) == nil, "outside the namespace")
    let part = "30 23 0:27 /machine /run/my\\040groups rw - cgroup2 cgroup2 rw\n"
    #expect(path("0::/machine/a\n", part) == "/run/my groups/a")
    #expect(path("0::/machine\n", part) == "/run/my groups")
    #expect(path("0::/machines\n", part) == nil, "not in the part that is mounted")
    #expect(path("", "") == nil)
    #expect(path("0::/a\n", "a b c d e - cgroup2\n") == nil)
  }

  @Test func valuesHaveTheKernelsForm() {
    #expect(Cgroup.processorTime(thousandths: 1500, period: 100_000) == "150000 100000")
    #expect(Cgroup.processorTime(thousandths: nil, period: 100_000) == "max 100000")
    #expect(Cgroup.processorTime(thousandths: 10, period: 100_000) == "1000 100000")
    #expect(Cgroup.processorTime(thousandths: 1, period: 100_000) == "1000 100000", "the kernel's least")
    #expect(Cgroup.processorTime(thousandths: .max, period: 100_000) == "max 100000")
    #expect(Cgroup.counts(in: "usage_usec 12\nbroken\nnr_throttled 3\nx y\n") == ["usage_usec": 12, "nr_throttled": 3])
    let lines = Array("254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\nrubbish\n".utf8)
    let traffic = lines.withUnsafeBytes { Cgroup.traffic(in: $0) }
    #expect(
      traffic == [
        Cgroup.Traffic(
          device: BlockDevice(major: 254, minor: 0), readBytes: 1, writtenBytes: 2, reads: 3, writes: 4)
      ])
  }

  @Test func partitionsStandForTheirDisks() throws {
    #expect(BlockDevice(text: "8:1") == BlockDevice(major: 8, minor: 1))
    for text in ["8", "8:", ":1", "8:1:2", "a:b", "-8:1"] { #expect(BlockDevice(text: text) == nil) }
    // makedev(3) of these numbers.
    #expect(BlockDevice(number: 0xfe03) == BlockDevice(major: 254, minor: 3))
    #expect(BlockDevice(number: 0x1000_1110_0070) == BlockDevice(major: 4096, minor: 70_000))
    // As sysfs has it: the folder of a partition lies in that of its disk.
    let root = "/tmp/pcrt-block\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(root + "/devices/sda/sda1")
    try Files.makeFolders(root + "/dev")
    defer { try? Files.removeFolder(root) }
    try Files.replace(root + "/devices/sda/dev", with: Array("8:0\n".utf8))
    try Files.replace(root + "/devices/sda/sda1/partition", with: Array("1\n".utf8))
    symlink("../devices/sda", root + "/dev/8:0")
    symlink("../devices/sda/sda1", root + "/dev/8:1")
    let disk = BlockDevice(major: 8, minor: 0)
    #expect(disk.wholeDisk(devices: root + "/dev") == disk)
    #expect(BlockDevice(major: 8, minor: 1).wholeDisk(devices: root + "/dev") == disk)
    #expect(BlockDevice(major: 9, minor: 9).wholeDisk(devices: root + "/dev") == nil)
    #expect(BlockDevice.holding("/proc/self/status") == nil, "in memory")
  }

  @Test func ratesOfDisksAreFencedPerDevice() {
    let (a, b) = (BlockDevice(major: 8, minor: 0), BlockDevice(major: 8, minor: 16))
    func disk(_ rate: UInt64?) -> DiskSpec { DiskSpec(path: "/x", throughput: rate) }
    func rates(_ disks: [DiskSpec], _ devices: [BlockDevice?]) -> [BlockDevice: UInt64] {
      let spec = VMSpec(name: "a", memory: 1 << 30, boot: .firmware(.bios), disks: disks)
      return GroupPlan(spec, isEmulated: false, devices: devices).rates
    }
    #expect(rates([disk(1000), disk(2000)], [a, a]) == [a: 3750])
    #expect(rates([disk(1000), disk(nil)], [a, a]) == [:], "one without limit leaves the device without")
    #expect(rates([disk(nil), disk(1000), disk(1000)], [a, b, nil]) == [b: 1250])
    #expect(rates([disk(.max), disk(.max)], [a, a]) == [a: .max])
  }
}

/// What the supervisor permits itself, on a folder that looks like a group.
@Suite struct OwnLimitsTests {
  @Test(arguments: [[], [Cgroup.Controller.memory], [.memory, .pids, .cpu]] as [Set<Cgroup.Controller>])
  func theSupervisorsOwnGroupIsBounded(_ controllers: Set<Cgroup.Controller>) throws {
    let folder = "/tmp/pcrt-own\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let group = Cgroup(path: folder)
    for file in ["memory.high", "memory.max", "pids.max"] { try Files.replace(folder + "/" + file, with: []) }
    try OwnLimits.hold(group, controllers)
    let isBounded = controllers.contains(.memory)
    #expect(group.read("memory.high") == (isBounded ? "1073741824" : ""))
    #expect(group.read("memory.max") == (isBounded ? "2147483648" : ""))
    #expect(group.read("pids.max") == (controllers.contains(.pids) ? "4096" : ""))
  }

  @Test func whatCannotBeBoundedIsSaid() {
    let why = #expect(throws: Failure.self) { try OwnLimits.hold(Cgroup(path: "/tmp/pcrt-none"), [.memory]) }
    #expect(why?.operation == "limit the supervisor's own memory and tasks")
  }
}

/// On real groups of this host, in a folder of the test's own.
@Suite struct RealCgroupTests {
  /// A process that does nothing, ended and reaped afterwards.
  private static func withSleeper(_ body: (Int32) throws -> Void) throws {
    let sleeper = try ProcessHandle.spawn(
      "/bin/sleep", arguments: ["sleep", "600"], environment: [], descriptors: [])
    defer {
      try? sleeper.signal(SIGKILL)
      _ = try? sleeper.reap(blocking: true)
    }
    try body(sleeper.pid)
  }

  private static func withGroup(_ body: (DelegatedGroup) async throws -> Void) async throws {
    try #require(geteuid() == 0, "these tests make control groups and need root: sudo make test")
    let group = try DelegatedGroup("pcrt-test\(UInt32.random(in: 0 ... .max))")
    do { try await body(group) } catch {
      await group.remove()
      throw error
    }
    await group.remove()
    #expect(!group.group.exists, "the group is left")
  }

  @Test func groupsComeAndGo() async throws {
    try await Self.withGroup { delegated in
      let group = delegated.group
      #expect(group.exists && group.parent == Cgroup.hierarchy() && !group.isPopulated)
      let child = group.child("a")
      try child.make()
      try child.make()
      #expect(group.children == ["a"])
      try Self.withSleeper { pid in
        try child.enter(pid)
        #expect(child.processes == [pid] && child.isPopulated && group.isPopulated)
        #expect(throws: Errno(EBUSY)) { try child.remove(timeout: 20) }
        let counters = try #require(child.counters([]), "every group counts processor time")
        #expect(counters.memory == nil && counters.tasks == nil && counters.traffic == nil)
        try child.kill()
      }
      try child.remove(timeout: 2000)
      try child.remove()
      #expect(throws: Errno(ENOENT)) { try child.enter(1) }
      #expect(group.children.isEmpty)
    }
  }

  @Test func theDelegatedGroupIsDivided() async throws {
    try await Self.withGroup { delegated in
      let group = delegated.group
      try Self.withSleeper { pid in
        let tree = try CgroupTree.take(own: group, hierarchy: Cgroup.hierarchy(), pid: pid)
        #expect(tree.root == group)
        #expect(group.child("supervisor").processes == [pid])
        // A second life finds itself where the first has put it.
        let again = try CgroupTree.take(own: group.child("supervisor"), hierarchy: Cgroup.hierarchy(), pid: pid)
        #expect(again == tree)
        #expect(tree.controllers == group.controllers.intersection(Cgroup.Controller.allCases))
        for controller in Cgroup.Controller.allCases where !group.controllers.contains(controller) {
          let why = try #require(tree.missing[controller])
          #expect(why.cause.contains("the controller \(controller.rawValue) is not delegated"))
          #expect(!why.remedy.isEmpty)
        }
        let id = "11111111-2222-3333-4444-555555555555"
        let limits = HostLimits(
          tree: tree, isStrict: false, capacity: Capacity(processors: 1, memory: 1 << 40))
        let spec = VMSpec(
          name: "web1", memory: 1 << 30, boot: .firmware(.bios), limits: LimitsSpec(cpu: 500))
        var vm = try VMCgroup.prepare(spec, id: id, images: [], isEmulated: true, in: limits)
        try vm.enter(pid: pid)
        #expect(tree.ids == [id] && tree.group(id).processes == [pid])
        for (controller, what) in [(Cgroup.Controller.cpu, "processors"), (.memory, "memory"), (.pids, "tasks")] {
          let isMissed = vm.warnings.contains { $0.cause.hasPrefix("no limit of \(what):") }
          #expect(isMissed == !tree.controllers.contains(controller))
        }
        #expect(throws: Failure.self, "somebody is in it") { try VMCgroup.remove(id: id, in: tree) }
        tree.clear(except: [])
        #expect(tree.ids == [id])
        try group.child("supervisor").enter(pid)
        #expect(VMCgroup.outOfMemory(id: id, name: "a", in: tree) == nil)
        try VMCgroup.remove(id: id, in: tree)
        #expect(tree.ids.isEmpty)
      }
    }
  }

  @Test func strictVMsNeedTheirLimits() async throws {
    try await Self.withGroup { delegated in
      try Self.withSleeper { pid in
        let tree = try CgroupTree.take(own: delegated.group, hierarchy: Cgroup.hierarchy(), pid: pid)
        let limits = HostLimits(tree: tree, isStrict: false, capacity: Capacity(processors: 1, memory: 1 << 40))
        let spec = VMSpec(name: "web1", memory: 1 << 30, boot: .firmware(.bios), strict: true)
        guard !tree.controllers.isSuperset(of: [.memory, .pids]) else {
          _ = try VMCgroup.prepare(spec, id: "x", images: [], isEmulated: false, in: limits)
          return try tree.group("x").remove()
        }
        let failure = #expect(throws: Failure.self) {
          _ = try VMCgroup.prepare(spec, id: "x", images: [], isEmulated: false, in: limits)
        }
        #expect(failure?.code == .unsupported)
        #expect(failure?.cause.contains("is not delegated") == true)
        #expect(failure?.remedy.contains("strict") == true)
        try tree.group("x").remove()
      }
    }
  }

  /// A group that belongs to somebody else is not ours to divide, and we say so.
  @Test func whatIsNotDelegatedIsRefused() async throws {
    try await Self.withGroup { delegated in
      let mine = delegated.group.child("foreign")
      try mine.make()
      defer { try? mine.remove() }
      let outcome: Failure? = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          // This thread alone is somebody without any right, and ends as that.
          guard clinux_thread_identity(65534, 65534) == 0 else { return continuation.resume(returning: nil) }
          do throws(Failure) {
            _ = try CgroupTree.take(own: mine, hierarchy: Cgroup.hierarchy(), pid: 1)
            continuation.resume(returning: nil)
          } catch {
            continuation.resume(returning: error)
          }
        }
      }
      #expect(outcome?.code == .denied)
      #expect(outcome?.object == mine.path)
      #expect(outcome?.remedy.contains("Delegate=yes") == true)
      let root = Cgroup.hierarchy()
      #expect(throws: Failure.self) { try CgroupTree.take(own: root, hierarchy: root, pid: getpid()) }
      #expect(throws: Failure.self) { try CgroupTree.take(own: nil, hierarchy: nil, pid: getpid()) }
    }
  }
}
