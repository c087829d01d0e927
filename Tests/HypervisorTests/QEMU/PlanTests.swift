import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import VMSpec

/// Command lines as a whole, so that every change of one is seen.
@Suite struct PlanTests {
  static let old = QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false)
  static let new = QEMUFeatures(version: QEMUVersion(10, 0), hasKVMDevice: true)
  static let identity = MachineIdentity(name: "web", uuid: "11111111-2222-3333-4444-555555555555")

  static func plan(
    _ spec: VMSpec, nics: [NICPlan] = [], _ accelerator: Accelerator = .tcg, _ features: QEMUFeatures = old,
    tscKHz: UInt64? = nil
  ) -> ProcessPlan {
    QEMUCommand.plan(
      spec: spec, identity: identity, nics: nics, accelerator: accelerator, features: features.capabilities,
      executable: "/usr/bin/qemu-system-x86_64", tscKHz: tscKHz)
  }

  /// One option with its value per line.
  static func lines(_ plan: ProcessPlan) -> String {
    var text = ""
    for argument in plan.arguments {
      let isOption = argument.hasPrefix("-") && !argument.contains(" ")
      text += (text.isEmpty ? "" : isOption ? "\n" : " ") + argument
    }
    return text
  }

  static let direct = Boot.kernel(KernelBoot(kernel: "/k", initrd: "/i", cmdline: "quiet"))

  @Test func q35WithEverythingOnTCG() {
    let spec = VMSpec(
      name: "web", vcpus: 2, memory: 512 << 20, boot: Self.direct,
      disks: [
        DiskSpec(path: "/a"), DiskSpec(path: "/b", format: .raw), DiskSpec(path: "/c", format: .raw, readonly: true),
      ], nics: [NICSpec(), NICSpec()])
    let nics = [NICPlan(mac: "02:50:0a:64:03:11", hasVhost: false), NICPlan(mac: "02:50:0a:64:03:12", hasVhost: true)]
    let plan = Self.plan(spec, nics: nics)
    let wanted = #"""
      /usr/bin/qemu-system-x86_64
      -name guest=web,debug-threads=on
      -uuid 11111111-2222-3333-4444-555555555555
      -nodefaults
      -no-user-config
      -display none
      -rtc base=utc
      -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
      -action shutdown=pause,panic=pause
      -machine q35,usb=off,vmport=off
      -m size=512M
      -smp cpus=2
      -accel tcg,tb-size=256
      -cpu max,-erms,-fsrm
      -chardev socket,id=qmp,fd=3,server=on,wait=off
      -mon chardev=qmp,mode=control
      -chardev socket,id=qmp2,fd=4,server=on,wait=off
      -mon chardev=qmp2,mode=control
      -kernel /proc/self/fd/5
      -initrd /proc/self/fd/6
      -append quiet console=ttyS0
      -add-fd fd=7,set=7
      -chardev socket,id=con,fd=8,server=on,wait=off,logfile=/dev/fdset/7,logappend=on
      -serial chardev:con
      -device {"addr":"0xa","driver":"virtio-serial-pci","id":"vser0"}
      -chardev socket,id=qga,fd=9,server=on,wait=off
      -device {"chardev":"qga","driver":"virtserialport","id":"qga0","name":"org.qemu.guest_agent.0"}
      -device {"addr":"0x1e.0","chassis":1,"driver":"pcie-root-port","id":"rp0","multifunction":true,"slot":1}
      -device {"addr":"0x1e.1","chassis":2,"driver":"pcie-root-port","id":"rp1","slot":2}
      -device {"addr":"0x1e.2","chassis":3,"driver":"pcie-root-port","id":"rp2","slot":3}
      -device {"addr":"0x1e.3","chassis":4,"driver":"pcie-root-port","id":"rp3","slot":4}
      -device {"addr":"0x1e.4","chassis":5,"driver":"pcie-root-port","id":"rp4","slot":5}
      -device {"addr":"0x1e.5","chassis":6,"driver":"pcie-root-port","id":"rp5","slot":6}
      -device {"addr":"0x1e.6","chassis":7,"driver":"pcie-root-port","id":"rp6","slot":7}
      -device {"addr":"0x1e.7","chassis":8,"driver":"pcie-root-port","id":"rp7","slot":8}
      -netdev tap,id=n0,fd=10
      -device {"addr":"0x2","driver":"virtio-net-pci","id":"nic0","mac":"02:50:0a:64:03:11","netdev":"n0","romfile":""}
      -netdev tap,id=n1,fd=11,vhost=on,vhostfd=12
      -device {"addr":"0x3","driver":"virtio-net-pci","id":"nic1","mac":"02:50:0a:64:03:12","netdev":"n1","romfile":""}
      -add-fd fd=13,set=13
      -blockdev {"driver":"qcow2","node-name":"disk0","read-only":false,"discard":"unmap","backing":null,"file":{"driver":"file","filename":"/dev/fdset/13","read-only":false,"auto-read-only":false,"discard":"unmap"}}
      -device {"addr":"0xd","drive":"disk0","driver":"virtio-blk-pci","id":"blk0","rerror":"stop","serial":"disk0","werror":"stop"}
      -add-fd fd=14,set=14
      -blockdev {"driver":"raw","node-name":"disk1","read-only":false,"discard":"unmap","file":{"driver":"file","filename":"/dev/fdset/14","read-only":false,"auto-read-only":false,"discard":"unmap"}}
      -device {"addr":"0xe","drive":"disk1","driver":"virtio-blk-pci","id":"blk1","rerror":"stop","serial":"disk1","werror":"stop"}
      -add-fd fd=15,set=15
      -blockdev {"driver":"raw","node-name":"disk2","read-only":true,"discard":"unmap","file":{"driver":"file","filename":"/dev/fdset/15","read-only":true,"auto-read-only":false,"discard":"unmap"}}
      -device {"addr":"0xf","drive":"disk2","driver":"virtio-blk-pci","id":"blk2","rerror":"stop","serial":"disk2","werror":"stop"}
      -device {"addr":"0xb","driver":"virtio-balloon-pci","id":"bal0"}
      -object rng-builtin,id=rng0
      -device {"addr":"0xc","driver":"virtio-rng-pci","id":"rngdev0","rng":"rng0"}
      -device {"driver":"pvpanic"}
      """#
    #expect(Self.lines(plan) == wanted)
    let roles: [DescriptorRole] = [
      .null, .processLog, .processLog, .monitor, .monitorSpare, .kernel, .initrd, .consoleLog, .console, .agent,
      .tap(0),
      .tap(1), .vhostNet(1), .disk(0), .disk(1), .disk(2), .lock,
    ]
    #expect(plan.descriptors.map(\.role) == roles)
    #expect(plan.descriptors.map(\.target) == Array(0..<17))
    #expect(plan.target(of: .disk(1)) == 14 && plan.target(of: .kvm) == nil)
  }

  @Test func aPluggedCardIsToldWhereItsDescriptorsAre() {
    var card = NICPlan(mac: "02:00:00:00:00:01", hasVhost: false)
    #expect(
      QMPClient.backend(card, 3, tap: "n3", vhost: QEMUCommand.nicVhost(3)) == ["type": "tap", "id": "n3", "fd": "n3"])
    card.hasVhost = true
    #expect(
      QMPClient.backend(card, 3, tap: "n3", vhost: QEMUCommand.nicVhost(3))
        == ["type": "tap", "id": "n3", "fd": "n3", "vhost": true, "vhostfd": "n3-vhost"])
  }

  @Test func microvmOnTCG() {
    let spec = VMSpec(
      name: "web", memory: 128 << 20, machine: .microvm, boot: Self.direct,
      disks: [DiskSpec(path: "/a", format: .raw)], nics: [NICSpec()])
    let plan = Self.plan(spec, nics: [NICPlan(mac: "02:50:0a:64:03:11", hasVhost: false)], tscKHz: 2_600_000)
    let wanted = #"""
      /usr/bin/qemu-system-x86_64
      -name guest=web,debug-threads=on
      -uuid 11111111-2222-3333-4444-555555555555
      -nodefaults
      -no-user-config
      -display none
      -rtc base=utc
      -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
      -action shutdown=pause,panic=pause
      -machine microvm,acpi=on
      -m size=128M
      -smp cpus=1
      -accel tcg,tb-size=64
      -cpu max,-erms,-fsrm
      -chardev socket,id=qmp,fd=3,server=on,wait=off
      -mon chardev=qmp,mode=control
      -chardev socket,id=qmp2,fd=4,server=on,wait=off
      -mon chardev=qmp2,mode=control
      -kernel /proc/self/fd/5
      -initrd /proc/self/fd/6
      -append quiet console=ttyS0 tsc_early_khz=2600000
      -add-fd fd=7,set=7
      -chardev socket,id=con,fd=8,server=on,wait=off,logfile=/dev/fdset/7,logappend=on
      -serial chardev:con
      -device {"driver":"virtio-serial-device","id":"vser0"}
      -chardev socket,id=qga,fd=9,server=on,wait=off
      -device {"chardev":"qga","driver":"virtserialport","id":"qga0","name":"org.qemu.guest_agent.0"}
      -netdev tap,id=n0,fd=10
      -device {"driver":"virtio-net-device","id":"nic0","mac":"02:50:0a:64:03:11","netdev":"n0"}
      -add-fd fd=11,set=11
      -blockdev {"driver":"raw","node-name":"disk0","read-only":false,"discard":"unmap","file":{"driver":"file","filename":"/dev/fdset/11","read-only":false,"auto-read-only":false,"discard":"unmap"}}
      -device {"drive":"disk0","driver":"virtio-blk-device","id":"blk0","rerror":"stop","serial":"disk0","werror":"stop"}
      -device {"driver":"virtio-balloon-device","id":"bal0"}
      -object rng-builtin,id=rng0
      -device {"driver":"virtio-rng-device","id":"rngdev0","rng":"rng0"}
      -device {"driver":"pvpanic"}
      """#
    #expect(Self.lines(plan) == wanted)
  }

  @Test func kvmByDescriptorAndByPath() {
    let spec = VMSpec(name: "web", memory: 1 << 30, boot: Self.direct)
    let byDescriptor = Self.plan(spec, .kvm(.descriptor), Self.new)
    let text = Self.lines(byDescriptor)
    #expect(text.contains("\n-add-fd fd=3,set=3\n-accel kvm,device=/dev/fdset/3\n-cpu host\n"))
    #expect(byDescriptor.target(of: .kvm) == 3 && byDescriptor.target(of: .monitor) == 4)
    let byPath = Self.plan(spec, .kvm(.path), Self.new)
    #expect(Self.lines(byPath).contains("\n-accel kvm\n-cpu host\n"))
    #expect(byPath.target(of: .kvm) == nil && byPath.target(of: .monitor) == 3)
    // A microvm on KVM has kvmclock and needs no help.
    var small = spec
    small.machine = .microvm
    #expect(!Self.lines(Self.plan(small, .kvm(.path), tscKHz: 1)).contains("tsc_early_khz"))
  }

  @Test func firmware() {
    var spec = VMSpec(
      name: "web", memory: 1 << 30, boot: .firmware(.uefi), disks: [DiskSpec(path: "/a"), DiskSpec(path: "/b")])
    let uefi = Self.plan(spec)
    let text = Self.lines(uefi)
    #expect(text.contains("-machine q35,usb=off,vmport=off,pflash0=code,pflash1=vars\n"))
    #expect(
      text.contains(
        #""node-name":"code","read-only":true,"file":{"driver":"file","filename":"/dev/fdset/5","read-only":true"#))
    #expect(text.contains(#""node-name":"vars","read-only":false,"file":{"driver":"file","filename":"/dev/fdset/6""#))
    #expect(
      text.contains(
        #"""
        {"addr":"0xd","bootindex":1,"drive":"disk0","driver":"virtio-blk-pci","id":"blk0","rerror":"stop","serial":"disk0","werror":"stop"}
        """#)
        && text.contains(
          #"""
          {"addr":"0xe","bootindex":2,"drive":"disk1","driver":"virtio-blk-pci","id":"blk1","rerror":"stop","serial":"disk1","werror":"stop"}
          """#)
    )
    #expect(uefi.target(of: .firmwareCode) == 5 && uefi.target(of: .firmwareVariables) == 6)
    spec.boot = .firmware(.bios)
    let bios = Self.plan(spec)
    #expect(!Self.lines(bios).contains("pflash") && bios.target(of: .firmwareCode) == nil)
  }

  @Test func withoutConsoleAndAgent() {
    let spec = VMSpec(name: "web", memory: 1 << 30, boot: Self.direct, console: false, agent: false)
    let plan = Self.plan(spec)
    let text = Self.lines(plan)
    #expect(text.contains("-serial none") && text.contains("-append quiet\n") && !text.contains("guest_agent"))
    for role in [DescriptorRole.console, .consoleLog, .agent] { #expect(plan.target(of: role) == nil) }
  }

  @Test(
    arguments: [
      (nil, "console=ttyS0"), ("console=tty0", "console=tty0"), ("a=b -- console=x", "a=b console=ttyS0 -- console=x"),
      ("console=ttyS0,115200 quiet", "console=ttyS0,115200 quiet"), ("a  b", "a  b console=ttyS0"),
      (
        #"dyndbg="file a.c +p;  file b.c -p" quiet -- single  x"#,
        #"dyndbg="file a.c +p;  file b.c -p" quiet console=ttyS0 -- single  x"#
      ),
    ] as [(String?, String)])
  func kernelLine(given: String?, wanted: String) {
    let spec = VMSpec(name: "web", memory: 1 << 30, boot: .kernel(KernelBoot(kernel: "/k", cmdline: given)))
    let arguments = Self.plan(spec).arguments
    let place = arguments.firstIndex(of: "-append") ?? 0
    #expect(arguments[place + 1] == wanted)
  }

  @Test func commasOfUsersAreDoubled() {
    let spec = VMSpec(name: "web", memory: 1 << 30, boot: Self.direct)
    let plan = QEMUCommand.plan(
      spec: spec, identity: MachineIdentity(name: "a,b", uuid: "u"), nics: [], accelerator: .tcg,
      features: Self.old.capabilities,
      executable: "q")
    #expect(plan.arguments.contains("guest=a,,b,debug-threads=on"))
  }

  @Test func placesDoNotDependOnOtherDevices() {
    func device(_ id: String, disks: Int, nics: Int) -> String? {
      let spec = VMSpec(
        name: "web", memory: 1 << 30, boot: Self.direct,
        disks: (0..<disks).map { DiskSpec(path: "/\($0)") }, nics: Array(repeating: NICSpec(), count: nics))
      let cards = Array(repeating: NICPlan(mac: "02:00:00:00:00:01", hasVhost: false), count: nics)
      return Self.plan(spec, nics: cards).arguments.first {
        $0.contains(#""id":"\#(id)","#) && $0.contains(#""driver":"virtio"#)
      }
    }
    #expect(device("nic0", disks: 0, nics: 1) == device("nic0", disks: 16, nics: 8))
    #expect(device("blk1", disks: 2, nics: 0) == device("blk1", disks: 16, nics: 8))
    #expect(device("blk1", disks: 2, nics: 0) != nil)
  }
}
