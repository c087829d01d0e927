import Failure
import Foundation
import NodeAPI
import Testing

@testable import CommandLine

@Suite struct StatusRenderingTests {
  private static let running = VMView(
    .with {
      $0.vmID = "7d3f2a10-0000-4000-8000-000000000001"
      $0.name = "web"
      $0.lifecycleState = "running"
      $0.addresses = ["10.100.0.17"]
      $0.cpuSeconds = 4.24
      $0.memoryResidentBytes = 61 << 20
      $0.memoryBytes = 256 << 20
      $0.vcpus = 2
      $0.warnings = [
        .init(
          Warning(
            id: "accelerator", part: .accelerator, cause: "runs without KVM: /dev/kvm is missing", isLasting: true)),
        .init(Warning(id: "network.0", part: .network, cause: "NIC 0 is cut off", remedy: "start it again")),
      ]
      $0.labels = ["tier": "front", "app": "shop"]
      $0.pid = 4242
      $0.accelerator = "tcg"
      $0.uptimeSeconds = 192
      $0.agentConnected = true
      $0.restartPolicy = "never"
      $0.createdAt.seconds = 1_800_000_000
      $0.startedAt.seconds = 1_800_000_001
      $0.startedAt.nanos = 500_000_000
      $0.history = [
        .with {
          $0.time.seconds = 1_800_000_001
          $0.what = "started"
          $0.fromState = "starting"
          $0.toState = "running"
        }
      ]
      $0.logTail = ["login: \u{1b}[2J"]
      $0.ports = [
        .with {
          $0.network = "default"
          $0.tap = "pcr0-17"
          $0.mac = "02:50:0a:64:00:11"
          $0.address = "10.100.0.17/24"
          $0.attached = true
        }
      ]
      $0.disksPaths = ["/srv/web.qcow2"]
    })

  private static let failed = VMView(
    .with {
      $0.vmID = "0000aaaa-0000-4000-8000-000000000002"
      $0.name = "db"
      $0.lifecycleState = "failed"
      $0.memoryBytes = 1 << 30
      $0.why = .init(
        Failure(.system, operation: "run", object: "db", cause: "the guest panicked", remedy: "look at the log"))
    })

  @Test func theHostIsOneLinePerVM() {
    let list = VMListView(vms: [Self.running, Self.failed])
    #expect(
      list.text(headings: true) == """
        NAME  ID        STATE    UP     CPU   MEM          IP           WHY
        db    0000aaaa  failed   -      -     1G           -            cannot run db: the guest panicked
        web   7d3f2a10  running  3m12s  4.2s  61M of 256M  10.100.0.17  network: NIC 0 is cut off

        Weaker than on a better equipped host: runs without KVM (1 VM). What helps: vmsupervisor doctor

        """)
    #expect(list.names() == "db\nweb\n")
  }

  @Test func theReasonIsCutToTheTerminalAndColouredOnlyThere() {
    var vm = Self.failed
    vm.why?.cause = String(repeating: "long ", count: 40)
    let list = VMListView(vms: [vm, Self.running])
    for line in list.text(headings: false, width: 100).split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(list.text(headings: false, width: 100).contains("cannot run db: long"))
    #expect(list.text(headings: false).contains("long long \n") || list.text(headings: false).contains("long long\n"))
    #expect(!list.text(headings: true, width: 100).contains("\u{1b}"))
    let coloured = list.text(headings: true, width: 100, colour: true)
    #expect(coloured.contains("\u{1b}[31mfailed\u{1b}[0m") && coloured.contains("\u{1b}[32mrunning\u{1b}[0m"))
  }

  @Test func whatTheHostCannotDoDrownsNoTrouble() {
    var vm = Self.running
    vm.warnings = [
      Warning(id: "accelerator", part: .accelerator, cause: "runs without KVM: x", isLasting: true),
      Warning(id: "limit.memory", part: .limit, cause: "no limit of memory: y", remedy: "z", isLasting: true),
    ].map { WarningView(.init($0)) }
    #expect(vm.remark.isEmpty)
    #expect(
      VMHistory(vm: vm).text().contains(
        "      Weaker: runs without KVM; no limit of memory (what helps: vmsupervisor explain web)\n"))
    #expect(!VMHistory(vm: vm).text().contains("Warning"))
    let many = VMListView(vms: [vm, Self.running]).text(headings: true)
    #expect(many.contains("no limit of memory (1 VM); runs without KVM (2 VMs). What helps: vmsupervisor doctor\n"))
    #expect(!VMListView(vms: [vm]).text(headings: false).contains("KVM"))
  }

  @Test func aBrokenRecordHasItsLine() {
    let broken = QuarantinedView(
      .with {
        $0.id = "x"
        $0.path = "/var/lib/procurator/vms/x/vm.json"
        $0.why = .init(Failure(.invalid, operation: "read record", cause: "it ends early"))
      })
    let text = VMListView(vms: [], quarantined: [broken]).text(headings: false)
    #expect(
      text == "/var/lib/procurator/vms/x/vm.json  x  quarantined  -  -  -  -  cannot read record: it ends early\n")
  }

  @Test func oneVMIsAStory() {
    #expect(
      VMHistory(vm: Self.running).text() == """
        ● web (7d3f2a10-0000-4000-8000-000000000001): running since 2027-01-15 08:00:01 UTC; 3m12s up
                 Pid: 4242, tcg
                 CPU: 2 vCPUs, 4.2s used
              Memory: 61M used of 256M
               Agent: connected
             Address: 10.100.0.17
               Nic 0: default  pcr0-17  10.100.0.17/24  02:50:0a:64:00:11
              Disk 0: /srv/web.qcow2
              Labels: app=shop, tier=front
             Restart: never
             Created: 2027-01-15 08:00:00 UTC
              Weaker: runs without KVM (what helps: vmsupervisor explain web)
             Warning: network: NIC 0 is cut off; start it again

          2027-01-15 08:00:01 UTC  starting → running  started

          | login: \\e[2J

        """)
  }

  @Test func aFailureShowsItsRemedy() {
    let text = VMHistory(vm: Self.failed).text()
    #expect(text.contains("         Why: cannot run db: the guest panicked\n"))
    #expect(text.contains("      Remedy: look at the log\n"))
    #expect(!text.contains("\u{1b}"))
    #expect(VMHistory(vm: Self.failed, colour: true).text().hasPrefix("\u{1b}[31m●\u{1b}[0m db"))
  }

  @Test func jsonIsStable() throws {
    let text = try #require(try Document.text(VMListView(vms: [Self.running, Self.failed]), .json))
    #expect(try Document.text(VMListView(vms: [Self.failed, Self.running]), .json) == text)
    let root = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(root["schema"] as? String == "procurator.v1")
    let vms = try #require(root["vms"] as? [[String: Any]])
    #expect(vms.map { $0["name"] as? String } == ["db", "web"])
    #expect(vms[1]["started_at"] as? String == "2027-01-15T08:00:01.500Z")
    #expect(vms[1]["memory_bytes"] as? Int == 256 << 20)
    #expect((vms[0]["why"] as? [String: Any])?["code"] as? String == "system")
    #expect(
      vms[1].keys.sorted() == [
        "accelerator", "addresses", "agent_connected", "confinement", "cpu_seconds", "created_at", "desired", "disks",
        "generation", "guest_resets", "health", "health_check", "held", "history", "id", "incarnation", "labels",
        "log_tail",
        "memory_bytes",
        "memory_resident_bytes", "name", "pid", "ports", "request", "restart_attempt", "restart_policy", "restarts",
        "started_at",
        "state", "uptime_seconds", "vcpus", "warnings",
      ])
  }

  @Test func yamlHasTheSameContent() throws {
    var vm = Self.failed
    vm.labels = ["on": "1.10", "tier": "yes", "x": "a\u{1b}\n: #"]
    let text = try #require(try Document.text(VMListView(vms: [vm]), .yaml))
    #expect(text.contains("schema: \"procurator.v1\"\n"))
    #expect(text.contains("  memory_bytes: 1073741824\n"))
    #expect(text.contains("  cpu_seconds: 0\n"))
    #expect(text.contains("    cause: \"the guest panicked\"\n"))
    #expect(text.contains("    \"on\": \"1.10\"\n    tier: \"yes\"\n"))
    #expect(text.contains("  addresses: []\n"))
  }
}

@Suite struct AuditRenderingTests {
  @Test func findingsAreNamed() {
    let view = AuditView(
      .with {
        $0.used = 1
        $0.orphan = 1
        $0.records = 2
        $0.shards = [
          .with {
            $0.network = "default"
            $0.bridge = "br-procurator"
            $0.used = 1
            $0.max = 253
          }
        ]
        $0.findings = [
          .with {
            $0.kind = "orphan"
            $0.interface = "pcr0-9"
            $0.ownerUid = .max
            $0.ageSeconds = 75
            $0.detail = "no lease"
          }
        ]
        $0.leftover = ["/run/procurator/vms/x belongs to no record"]
      })
    let text = view.text(headings: true)
    #expect(text.contains("ports used            1\n"))
    #expect(text.contains("default  0      br-procurator  1     0      253\n"))
    #expect(text.contains("orphan   pcr0-9     -    1m15s  -   no lease\n"))
    #expect(text.contains("left over: /run/procurator/vms/x belongs to no record\n"))
    #expect(text.hasSuffix("\nNOT clean\n"))
  }

  @Test func whatIsScarceIsAWarning() {
    let view = AuditView(
      .with {
        $0.clean = true
        $0.fixed = 2
        $0.findings = [
          .with {
            $0.kind = "scarce"
            $0.ownerUid = .max
            $0.detail = "9 of 10 descriptors are open; raise LimitNOFILE="
          }
        ]
      })
    let text = view.text(headings: false)
    #expect(text.contains("9 of 10 descriptors are open; raise LimitNOFILE=\n"))
    #expect(text.contains("\nremoved: 2 orphan interfaces\n"))
    #expect(text.hasSuffix("\nclean, but something is scarce\n"))
  }

  @Test func nothingFoundIsClean() {
    #expect(AuditView(.with { $0.clean = true }).text(headings: false).hasSuffix("\nclean\n"))
  }
}
