import Failure
import IPC
import IPCFrames
import IPCPeer

/// What the kept packets of netd say.
extension FormerPackets {
  private static let vm = VMIdentity(high: 0x5d2c_1f0e_8a4b_4c3d, low: 0x9e7f_0000_0000_0001)
  private static let slot = SlotName(network: "default", shard: 1, host: 7)
  private static let shard = SlotName(network: "default", shard: 1, host: 0)

  private static var address: PortAddress {
    var port = PortAddress()
    (port.tap, port.mac, port.address, port.prefix) = ("pcr1-7", 0x0250_0a64_0107, 0x0a64_0107, 24)
    (port.gateway, port.mtu, port.high6, port.low6) = (0x0a64_0101, 1500, 0xfd00_0000_0000_0001, 7)
    return port
  }

  mutating func checkPorts() throws {
    var asked = Hello(client: "vmsupervisor 0.9.0")
    (asked.oldest, asked.newest) = (1, 2)
    try request("hello", asked)
    var hello = Hello.Reply()
    (hello.version, hello.server, hello.grace, hello.networks) = (2, "netd 0.9.0", 30, ["default", "inside"])
    try reply("hello", Hello.self, hello)
    // It has names.
    try outdated("keep", Keep.self)
    var kept = Keep.Reply()
    kept.refused = [1]
    try reply("keep", Keep.self, kept)
    try outdated("attach", Attach.self)
    var attached = Attach.Reply()
    (attached.handle, attached.slot, attached.port) = (0x0123_4567_89ab_cdef, Self.slot, Self.address)
    try reply("attach", Attach.self, attached)
    try request("detach", Detach(handle: 0x0123_4567_89ab_cdef))
    try reply("detach", Detach.self, Empty())
    try request("device", Device(kind: .vhostNet))
    try reply("device", Device.self, Empty())
    try request("forget", Forget(vm: Self.vm))
    var freed = Forget.Reply()
    freed.freed = 2
    try reply("forget", Forget.self, freed)
    try request("ports", Ports(cursor: 0))
    try outdated("ports.reply", Ports.Reply.self)
  }

  mutating func checkRules() throws {
    // It has domains.
    try outdated("policy", Policy.self)
    try reply("policy", Policy.self, Empty())
    try request("forward", Forward(vm: Self.vm, nic: 0, transport: .udp, guestPort: 53, isClosed: true))
    var forwarded = Forward.Reply()
    forwarded.hostPort = 30_001
    try reply("forward", Forward.self, forwarded)
    try request("forwards", Forwards(cursor: 7))
    var way = Forwards.Entry()
    (way.vm, way.nic, way.uid, way.transport, way.hostPort, way.address, way.guestPort) = (
      Self.vm, 0, 1000, .tcp, 8080, 0x0a64_0107, 80
    )
    try reply("forwards", Forwards.self, Self.page([way], next: 0))
  }

  mutating func checkNumbers() throws {
    try request("audit", Audit(cursor: 32, fix: true))
    var audit = Audit.Reply()
    (audit.active, audit.kept, audit.releasing, audit.ready) = (3, 2, 1, 8)
    (audit.refusedFrames, audit.fixed, audit.next) = (4, 5, 38)
    var shard = Audit.Shard()
    (shard.slot, shard.bridge, shard.used, shard.ready, shard.max) = (Self.shard, "br-default-1", 6, 8, 253)
    audit.shards = [shard]
    let kinds: [FindingKind] = [.orphan, .foreign, .missing, .broken, .blocked, .scarce]
    audit.findings = kinds.enumerated().map { index, kind in
      var finding = Audit.Finding()
      (finding.kind, finding.interface, finding.uid, finding.age) = (kind, "pcr1-\(7 + index)", 1000, UInt32(index))
      if kind == .missing {
        (finding.detail, finding.vm) = ("its VM is cut off: start it anew, or plug the NIC out and in", Self.vm)
      }
      return finding
    }
    try reply("audit", Audit.self, audit)
    try request("counters", Counters())
    try outdated("counters.reply", Counters.Reply.self)
    try request("notifications", Notifications(after: 4))
    var entry = Notifications.Entry()
    (entry.number, entry.interface, entry.detail) = (5, "pcr1-7", "its TAP was down; it is up again")
    (entry.uid, entry.vm, entry.age) = (1000, Self.vm, 9)
    var told = Notifications.Reply()
    (told.life, told.last, told.entries, told.more) = (0xfeed, 6, [entry], true)
    try reply("notifications", Notifications.self, told)
  }

  mutating func checkNaming() throws {
    try request("watch", Watch(generation: 5))
    var watched = Watch()
    watched.generation = 6
    try reply("watch", Watch.self, watched)
    try request("shards", Shards(cursor: 1))
    var shard = Shards.Entry()
    (shard.slot, shard.bridge, shard.gateway) = (Self.shard, "br-default-1", 0x0a64_0101)
    (shard.firstHost, shard.lastHost, shard.mtu) = (2, 254, 1500)
    (shard.high6, shard.isRouted, shard.isOutward) = (0xfd00_0000_0000_0001, true, true)
    try reply("shards", Shards.self, Self.page([shard], next: 2))
    for name in ["names", "names.reply", "profiles", "profiles.reply"] { try retired(name) }
  }

  mutating func checkLauncher() throws {
    var plan = LaunchPlan()
    (plan.program, plan.arguments) = ("/usr/bin/qemu-system-x86_64", ["qemu", "-S"])
    (plan.environment, plan.targets) = (["PATH=/usr/bin"], [0, 1, 9])
    (plan.openFiles, plan.coreSize, plan.lockedMemory) = (1024, 0, 8 << 20)
    (plan.executable, plan.readable) = (["/usr/bin/qemu-system-x86_64"], ["/usr/share/qemu"])
    (plan.devices, plan.reopened) = (["/dev/kvm"], [9])
    (plan.profile, plan.identity, plan.required) = ("procurator-vm", 100_001, [6, 7])
    try request("launch", plan)
    var report = LaunchReport()
    report.layers = [
      LayerState(.noNewPrivileges, on: true), LayerState(.boundingSet, on: true), LayerState(.userNamespace, on: true),
      LayerState(.networkNamespace, on: true), LayerState(.subordinateUser, on: true, "100001"),
      LayerState(.landlock, on: false, "the kernel has none"), LayerState(.systemCalls, on: true, "318 calls"),
    ]
    try reply("launch", LaunchPlan.self, report)
    var gate = LaunchGate()
    gate.instructions = [0x20, 0x0004_0000_0015]
    try request("gate", gate)
    try request("identity", LaunchIdentity())
    try reply("identity", LaunchIdentity.self, Empty())
  }

  private static func page<Entry: PageEntry>(_ entries: [Entry], next: UInt32) -> Page<Entry> {
    var page = Page<Entry>()
    (page.entries, page.next) = (entries, next)
    return page
  }
}
