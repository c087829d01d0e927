import Failure
import Glibc
import Linux
import Storage
import Testing
import VMSpec

@testable import NodeCore

/// Pools of a node, with real folders.
struct NodePoolTests {
  private let folder: ShortFolder
  private let host = FakeHost()

  init() throws { folder = try ShortFolder() }

  /// A supervisor that has just been started over the same files.
  private func node() async throws -> FakeNode {
    let node = try FakeNode(folder.path, host)
    try await node.fleet.restore()
    return node
  }

  private func failure(_ body: () async throws -> Void) async -> Failure? {
    do { try await body() } catch { return error as? Failure }
    return nil
  }

  @Test func poolsAreRemembered() async throws {
    var node = try await node()
    let path = node.paths.pools + "/p"
    try await node.context.pools.create("p", path: path + "/", capacity: 1 << 30)
    try await node.context.pools.create("p", path: path, capacity: 1 << 30)
    let other = await failure { try await node.context.pools.create("p", path: path, capacity: nil) }
    #expect(other?.code == .exists && other?.cause.contains("already exists") == true)
    for name in ["default", "", "../p"] {
      let pools = node.context.pools
      #expect(await failure { try await pools.create(name, path: path + "x", capacity: nil) }?.code == .invalid)
    }
    try Files.replace(node.paths.poolRecords + "/broken.json", with: Array("{".utf8))
    node = try await self.node()
    #expect(await node.context.pools.all().map(\.path) == [path])
    try await node.context.pools.destroy("p", uses: [])
    #expect(Files.exists(path + "/volumes"))
    node = try await self.node()
    #expect(await node.context.pools.all().isEmpty)
    let missing = await failure { _ = try await node.context.pools.status("p", uses: [], "test") }
    #expect(missing?.code == .notFound && missing?.cause.contains("not found") == true)
  }

  @Test func roomIsPromisedToVolumesAndVMs() async throws {
    var node = try await node()
    let pools = node.context.pools
    try await pools.create("p", path: node.paths.pools + "/p", capacity: 4 << 30)
    let fleet = node.fleet
    _ = try await pools.createVolume(.init(id: "v", size: 1 << 30, origin: .empty), in: "p", uses: fleet.usesNow)
    // Two at once, of which there is room for one.
    async let one = failure {
      _ = try await pools.createVolume(.init(id: "a", size: 2 << 30, origin: .empty), in: "p", uses: fleet.usesNow)
    }
    async let two = failure {
      _ = try await pools.createVolume(.init(id: "b", size: 2 << 30, origin: .empty), in: "p", uses: fleet.usesNow)
    }
    let refused = await [one, two].compactMap { $0 }
    #expect(refused.map(\.code) == [.exhausted], "\(refused)")
    let disk = DiskSpec(name: "own", pool: "p", size: 1 << 30)
    let vm = try await fleet.create(inPools: node.spec("web", disks: [disk]))
    let own = node.paths.pools + "/p/vms/\(vm.id)/own.qcow2"
    #expect(await vm.record.spec.disks.first?.path == own)
    let full = await failure { _ = try await fleet.create(inPools: node.spec("more", disks: [disk])) }
    #expect(full?.code == .exhausted, "\(String(describing: full))")
    #expect(await fleet.all().count == 1)
    #expect(try await pools.status("p", uses: await fleet.diskUses(), "test").room.promised == 4 << 30)
    // The next supervisor knows it too.
    node.ends()
    node = try await self.node()
    let status = try await node.context.pools.status("p", uses: await node.fleet.diskUses(), "test")
    #expect(status.room.promised == 4 << 30 && status.room.available == 0 && status.volumes == 2)
    let uses = await node.fleet.diskUses()
    let used = await failure { try await node.context.pools.destroy("p", uses: uses) }
    #expect(used?.code == .state && used?.cause.contains("web") == true)
  }

  @Test func imagesGoWithTheirVM() async throws {
    var node = try await node()
    let pools = node.context.pools
    try await pools.create("p", path: node.paths.pools + "/p", capacity: nil)
    _ = try await pools.createVolume(
      .init(id: "v", size: 1 << 20, origin: .empty), in: "p", uses: node.fleet.usesNow)
    let disks = [
      DiskSpec(name: "own", pool: "p", size: 1 << 20), DiskSpec(name: "shared", path: "v", pool: "p"),
      DiskSpec(name: "layer", pool: "p", backing: "v"),
    ]
    let vm = try await node.fleet.create(inPools: node.spec("web", disks: disks))
    let vms = node.paths.pools + "/p/vms"
    var spec = await vm.record.spec
    #expect(spec.disks.map(\.pool) == ["p", nil, "p"])
    #expect(spec.disks.last?.backing == node.paths.pools + "/p/volumes/v.qcow2")
    for disk in spec.disks where disk.pool != nil {
      _ = try DiskImage.createMissing(
        VMSpec(name: "web", memory: 0, boot: .firmware(.bios), disks: [disk]), known: [], in: vm.paths.images)
    }
    #expect(try Files.names(in: vms + "/" + vm.id).sorted() == ["layer.qcow2", "own.qcow2"])
    try await vm.detachDisk("layer", removes: true)
    #expect(try Files.names(in: vms + "/" + vm.id) == ["own.qcow2"])
    // One that stays when its disk goes is the VM's all the same.
    try await vm.detachDisk("own")
    spec = await vm.record.spec
    #expect(spec.disks.count == 1)
    #expect(try Files.names(in: vms + "/" + vm.id) == ["own.qcow2"])
    let uses = await node.fleet.diskUses()
    let used = await failure { try await pools.deleteVolume("v", in: "p", uses: uses) }
    #expect(used?.code == .state, "\(String(describing: used))")

    // While the pool is away its images cannot go; the next sweep removes them, of the next supervisor too.
    rename(vms, vms + "-away")
    let left = await failure { try await node.fleet.delete(vm) }
    #expect(left != nil)
    #expect(await node.fleet.all().isEmpty)
    node.ends()
    node = try await self.node()
    rename(vms + "-away", vms)
    await node.context.store.removeTombstone(vm.id)
    #expect(try Files.names(in: vms).isEmpty && Files.names(in: node.paths.vms).isEmpty)
    try await node.context.pools.deleteVolume("v", in: "p", uses: await node.fleet.diskUses())
    #expect(try Files.names(in: node.paths.pools + "/p/volumes").isEmpty)
  }

  @Test func pathsOfAPoolStayInIt() async throws {
    let node = try await node()
    try await node.context.pools.create("p", path: node.paths.pools + "/p", capacity: nil)
    for path in ["/etc/passwd", "../x", node.paths.pools + "/p/../x", node.paths.pools + "/pp/x", "none"] {
      let disk = DiskSpec(name: "d", path: path, pool: "p")
      let refused = await failure { _ = try await node.fleet.create(inPools: node.spec("web", disks: [disk])) }
      #expect(refused?.code == (path == "none" ? .notFound : .invalid), "\(path): \(String(describing: refused))")
    }
    #expect(await node.fleet.all().isEmpty)
  }

  @Test func aVolumeIsUsedHoweverItsPathIsWritten() async throws {
    let node = try await node()
    let pools = node.context.pools
    let path = node.paths.pools + "/p"
    try await pools.create("p", path: path, capacity: nil)
    for name in ["a", "b", "c"] {
      _ = try await pools.createVolume(.init(id: name, size: 512, origin: .empty), in: "p", uses: node.fleet.usesNow)
    }
    let disks = [
      DiskSpec(name: "a", path: path + "//volumes/a.qcow2", pool: "p"),
      DiskSpec(name: "b", path: path + "/./volumes//b.qcow2"), DiskSpec(name: "c", path: "/.\(path)/volumes/c.qcow2"),
    ]
    let vm = try await node.fleet.create(inPools: node.spec("web", disks: disks))
    #expect(await vm.record.spec.disks.first?.path == path + "/volumes/a.qcow2")
    let uses = await node.fleet.diskUses()
    for name in ["a", "b", "c"] {
      let used = await failure { try await pools.deleteVolume(name, in: "p", uses: uses) }
      #expect(used?.code == .state, "\(name): \(String(describing: used))")
    }
    #expect(await failure { try await pools.destroy("p", uses: uses) }?.code == .state)
    #expect(try await pools.volumes("p", uses: uses).map(\.users) == [[vm.id], [vm.id], [vm.id]])
  }

  @Test func imagesCountWhoeverHasThem() async throws {
    let node = try await node()
    let pools = node.context.pools
    let path = node.paths.pools + "/p"
    try await pools.create("p", path: path, capacity: 4 << 30)
    func promised() async throws -> UInt64 {
      try await pools.status("p", uses: await node.fleet.diskUses(), "test").room.promised
    }
    // Nothing is made where nothing was promised.
    let disk = DiskSpec(name: "d", path: path + "/vms/other.qcow2", pool: "p", size: 8 << 30)
    let refused = await failure { _ = try await node.fleet.create(inPools: node.spec("web", disks: [disk])) }
    #expect(refused?.code == .invalid && refused?.object.contains("path") == true, "\(String(describing: refused))")
    let own = DiskSpec(name: "own", pool: "p", size: 1 << 30)
    let root = DiskSpec(name: "root", size: 1 << 20)
    let vm = try await node.fleet.create(inPools: node.spec("web", disks: [root, own]))
    for disk in await vm.record.spec.disks {
      _ = try DiskImage.createMissing(
        VMSpec(name: "web", memory: 0, boot: .firmware(.bios), disks: [disk]), known: [], in: vm.paths.images)
    }
    #expect(try await promised() == 1 << 30)
    // Detached, and then a disk by its path alone.
    try await vm.detachDisk("own")
    #expect(try await promised() == 1 << 30)
    let image = path + "/vms/\(vm.id)/own.qcow2"
    _ = try await vm.attachDisk(DiskSpec(name: "again", path: image))
    #expect(try await promised() == 1 << 30)
  }

  @Test func anImageOfAPoolThatIsAwayIsNotRemoved() async throws {
    let node = try await node()
    let path = node.paths.pools + "/p"
    try await node.context.pools.create("p", path: path, capacity: nil)
    let own = DiskSpec(name: "own", pool: "p", size: 1 << 20)
    let root = DiskSpec(name: "root", size: 1 << 20)
    let vm = try await node.fleet.create(inPools: node.spec("web", disks: [root, own]))
    rename(path + "/vms", path + "/away")
    let left = await failure { try await vm.detachDisk("own", removes: true) }
    #expect(left?.cause.contains("away") == true, "\(String(describing: left))")
    #expect(await vm.record.spec.disks.count == 2)
    rename(path + "/away", path + "/vms")
    try await vm.detachDisk("own", removes: true)
    #expect(await vm.record.spec.disks.map(\.name) == ["root"])
  }

  @Test func aLinkLeadsNoImageOutOfAPool() async throws {
    let node = try await node()
    let path = node.paths.pools + "/p"
    try await node.context.pools.create("p", path: path, capacity: nil)
    let own = DiskSpec(name: "own", pool: "p", size: 1 << 20)
    let vm = try await node.fleet.create(inPools: node.spec("web", disks: [own]))
    let outside = node.paths.pools + "/outside"
    try Files.makeFolders(outside)
    try Files.replace(outside + "/own.qcow2", with: [1])
    symlink(outside, path + "/vms/\(vm.id)")
    let left = await failure { try await vm.detachDisk("own", removes: true) }
    #expect(left?.cause.contains("leads out") == true, "\(String(describing: left))")
    #expect(try Files.names(in: outside) == ["own.qcow2"])
    unlink(outside + "/own.qcow2")
    let disks = await vm.record.spec.disks
    let made = await failure {
      _ = try DiskImage.createMissing(
        VMSpec(name: "web", memory: 0, boot: .firmware(.bios), disks: disks), known: [], in: vm.paths.images)
    }
    #expect(made?.cause.contains("leads out") == true, "\(String(describing: made))")
    // The VM goes, and the link with it.
    try Files.replace(outside + "/other", with: [1])
    try await node.fleet.delete(vm)
    #expect(try Files.names(in: outside) == ["other"])
    #expect(try Files.names(in: path + "/vms").isEmpty)
  }

  @Test func copiesStayFreeOfLeftovers() async throws {
    var node = try await node()
    let path = node.paths.pools + "/p"
    try await node.context.pools.create("p", path: path, capacity: nil)
    try Files.replace(path + "/volumes/.new-half.qcow2", with: [1])
    try Files.replace(path + "/volumes/whole.raw", with: [UInt8](repeating: 0, count: 512))
    node = try await self.node()
    // Nothing is made before they are gone.
    _ = try await node.context.pools.createVolume(
      .init(id: "half", size: 512, origin: .empty), in: "p", uses: node.fleet.usesNow)
    #expect(try await node.context.pools.volumes("p", uses: []).map(\.volume.id) == ["half", "whole"])
    #expect(try Files.names(in: path + "/volumes").sorted() == ["half.qcow2", "whole.raw"])
  }
}
