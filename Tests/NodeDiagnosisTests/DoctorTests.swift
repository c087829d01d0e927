import Failure
import IPC
import Linux
import Testing

@testable import NodeDiagnosis

@Suite struct DoctorTests {
  private static let good = KVMFacts(
    exists: true, opensByPath: false, comesFromNetd: true, isTaken: true, hypervisor: "QEMU", firstToTakeIt: "QEMU 9.0",
    hasVirtualization: true, architecture: .x86)

  @Test func judgesKVM() {
    #expect(Self.good.check.level == .ok)
    var facts = Self.good
    facts.exists = false
    #expect(facts.check.level == .warn)
    #expect(facts.check.fix.contains("modprobe"))
    facts = Self.good
    facts.hasVirtualization = false
    #expect(facts.check.level == .warn)
    #expect(facts.check.found.contains("neither vmx nor svm"))
    facts = Self.good
    facts.comesFromNetd = false
    #expect(facts.check.level == .fail)
    #expect(facts.check.fix.contains("Devices=kvm"))
    facts.hasVirtualization = false
    #expect(facts.check.level == .warn)
    #expect(facts.check.found.contains("denied"))
    facts = Self.good
    facts.isTaken = false
    #expect(facts.check.level == .fail)
    #expect(facts.check.fix.contains("QEMU 9.0"))
    facts.opensByPath = true
    #expect(facts.check.level == .ok)
  }

  @Test func judgesUserNamespaces() {
    func label(_ label: String?, isInstalled: Bool = true) -> Check {
      KernelChecks.appArmor(profile: "procurator-vmsupervisor", isInstalled: isInstalled, label: label)
    }
    #expect(label(nil).level == .ok && label("unconfined", isInstalled: false).level == .ok)
    #expect(label("procurator-vmsupervisor (enforce)").level == .ok)
    #expect(label("unconfined").fix.contains("apparmor_parser"))
    #expect(label("procurator-vmsupervisor (complain)").level == .warn)

    #expect(KernelChecks.userNamespaces(most: 100, clone: nil, restricted: nil).level == .ok)
    #expect(KernelChecks.userNamespaces(most: 100, clone: 1, restricted: 0).level == .ok)
    #expect(KernelChecks.userNamespaces(most: 0, clone: 1, restricted: 0).fix.contains("max_user_namespaces"))
    #expect(KernelChecks.userNamespaces(most: 100, clone: 0, restricted: nil).fix.contains("unprivileged_userns_clone"))
    #expect(KernelChecks.userNamespaces(most: 100, clone: nil, restricted: 1).fix.contains("apparmor"))
  }

  @Test func judgesTheKernel() {
    #expect(KernelChecks.landlock(version: 0).level == .warn)
    #expect(KernelChecks.landlock(version: 4).level == .ok)
    #expect(KernelChecks.seccomp(actions: nil).level == .fail)
    #expect(KernelChecks.seccomp(actions: "kill_process errno user_notif\n").found.contains("with notification"))
    #expect(KernelChecks.sysctl("vm.max_map_count", 100, least: 65530).fix == "sysctl -w vm.max_map_count=65530")
    #expect(KernelChecks.sysctl("vm.max_map_count", nil, least: 65530).level == .unused)
    #expect(KernelChecks.limit("limits.files", "x", soft: 1024, hard: 1024, least: 8192, fix: "y").level == .warn)
    #expect(
      KernelChecks.limit("limits.files", "x", soft: 1024, hard: .max, least: 8192, fix: "y").found
        == "x: 1024, at most unlimited")
    let limits = KernelChecks.limits(
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max cpu time              unlimited            unlimited            seconds
      Max open files            1024                 524288               files
      """)
    #expect(limits["Max open files"]?.hard == 524288)
    #expect(limits["Max cpu time"]?.soft == .max)
    #expect(KernelChecks.clock(synchronised: true, year: 1970).level == .fail)
    #expect(KernelChecks.clock(synchronised: false, year: 2026).level == .warn)
    #expect(KernelChecks.clock(synchronised: nil, year: 2026).level == .ok)
  }

  @Test func judgesNetworks() {
    #expect(NetworkChecks.forwarding(bridges: [true, false], uplink: (name: "eth0", isOn: false)).level == .fail)
    #expect(NetworkChecks.forwarding(bridges: [true], uplink: (name: "eth0", isOn: true)).level == .ok)
    #expect(NetworkChecks.forwarding(bridges: [true], uplink: nil).level == .unused)
    #expect(NetworkChecks.forwarding(bridges: [false], uplink: (name: "eth0", isOn: false)).level == .unused)
    #expect(NetworkChecks.bridgeFilter(1).level == .warn)
    #expect(NetworkChecks.bridgeFilter(nil).level == .ok)
    let bridges = [(name: "br-procurator", mtu: 1500), (name: "br-small", mtu: 1280)]
    let narrow = NetworkChecks.mtu(bridges: bridges, uplink: (name: "eth0", mtu: 1460))
    #expect(narrow.level == .warn && narrow.fix.contains("MTU=1460"))
    #expect(narrow.found.contains("br-procurator") && !narrow.found.contains("br-small"))
    #expect(NetworkChecks.mtu(bridges: bridges, uplink: (name: "eth0", mtu: 1500)).level == .ok)
    #expect(NetworkChecks.mtu(bridges: bridges, uplink: nil).level == .unused)
    let route = """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      br0\t0000640A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
      eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
      """
    #expect(NetworkChecks.uplink(route: route) == "eth0")
    #expect(NetworkChecks.uplink(route: "") == nil)
  }

  @Test func judgesNetd() {
    let away = Failure(.unavailable, operation: "reach netd", object: "/run/x", cause: "refused", remedy: "start it")
    #expect(NetworkChecks.netd(.failure(away), ownVersion: "1").map(\.level) == [.fail])
    var finding = Audit.Finding()
    (finding.kind, finding.interface, finding.detail) = (.blocked, "ip filter FORWARD", "iptables …")
    var shard = Audit.Shard()
    (shard.slot, shard.used, shard.max) = (SlotName(network: "default", shard: 0, host: 0), 253, 253)
    var audit = Audit.Reply()
    (audit.findings, audit.shards) = ([finding], [shard])
    let netd = NetworkChecks.Netd(version: "netd 2", audit: audit, counters: Counters.Reply())
    let checks = NetworkChecks.netd(.success(netd), ownVersion: "1")
    func check(_ name: String) -> Check? { checks.first { $0.name == name } }
    #expect(check("versions")?.level == .warn)
    #expect(check("nftables")?.level == .fail)
    #expect(check("ports.default")?.fix.contains("Shards=") == true)
    #expect(check("forward")?.level == .warn)
    #expect(check("forward")?.fix == "iptables …")
  }

  @Test func judgesControlGroups() {
    let absence = Failure(
      .denied, operation: "use control groups", object: "/sys/fs/cgroup", cause: "not delegated", remedy: "Delegate=yes"
    )
    let checks = CgroupChecks.look(absence: absence, controllers: [], missing: [:])
    #expect(checks.map(\.level) == [.warn])
    #expect(checks[0].fix == "Delegate=yes")
    let partly = CgroupChecks.look(
      absence: nil, controllers: [.cpu, .memory], missing: [.io: absence])
    #expect(partly.map(\.name) == ["cgroup", "cgroup.io"])
    #expect(partly[0].found == "a delegated group with cpu memory")
  }

  @Test func everyComplaintHasAFix() {
    let checks = Doctor.kernel() + Doctor.network([])
    #expect(checks.count > 10)
    #expect(checks.allSatisfy { ($0.level == .ok || $0.level == .unused) == $0.fix.isEmpty })
    #expect(checks.allSatisfy { !$0.found.isEmpty })
  }
}
