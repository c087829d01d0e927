import Foundation
import Linux
import Seeded
import Testing
import Text

@testable import NodeCore

/// What the kernel says of a host, as texts.
@Suite struct InventoryTests {
  private static func processor(_ number: Int, socket: Int, core: Int) -> String {
    """
    processor\t: \(number)
    model name\t: Made Up 3000 @ 2.40GHz
    cpu MHz\t\t: 2394.375
    physical id\t: \(socket)
    core id\t\t: \(core)
    flags\t\t: fpu vmx sse4_2

    """
  }

  @Test func processorsOfTwoSockets() {
    var text = ""
    for number in 0..<16 {
      text += Self.processor(number, socket: number % 8 / 4, core: number % 4) + "\n"
    }
    let found = ProcessorTopology(cpuinfo: text)
    #expect(
      found.model == "Made Up 3000 @ 2.40GHz" && found.megahertz == 2394 && found.flags == ["fpu", "vmx", "sse4_2"])
    #expect(found.sockets == 2 && found.coresPerSocket == 4 && found.threadsPerCore == 2 && found.threads == 16)
  }

  @Test func processorsThatSayLittle() {
    let arm = ProcessorTopology(cpuinfo: "processor\t: 0\nFeatures\t: fp asimd\n\nprocessor\t: 1\nFeatures\t: fp\n")
    #expect(arm.sockets == 1 && arm.coresPerSocket == 2 && arm.threadsPerCore == 1 && arm.flags == ["fp", "asimd"])
    for text in ["", "\n\n", ":", "processor", "cpu MHz : -1", "cpu MHz : nan\ncpu MHz : 1e300", "flags :"] {
      let none = ProcessorTopology(cpuinfo: text)
      #expect(none.threads == 1 && none.sockets == 1 && none.coresPerSocket == 1 && none.megahertz == nil, "\(text)")
    }
    #expect(ProcessorTopology(cpuinfo: "flags: " + String(repeating: "a ", count: 9000)).flags.count == 1024)
  }

  @Test func mountsThatKeepData() {
    let text = """
      22 27 0:21 / /proc rw,relatime - proc proc rw
      24 27 0:6 / /dev rw - devtmpfs devtmpfs rw
      27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
      31 27 254:1 / /srv/a\\040b rw master:2 propagate_from:3 - xfs /dev/vdb1 rw
      32 27 254:1 /sub /srv/again rw - xfs /dev/vdb1 rw
      33 27 7:0 / /snap/x ro - squashfs /dev/loop0 ro
      34 27 0:40 / /mnt/nfs rw - nfs4 server:/export rw
      35 27 0:41 / /covered rw - nfs4 server:/other rw
      36 27 0:42 / /covered rw - tmpfs tmpfs rw
      """
    let mounts = MountTable.lasting(text)
    #expect(mounts.map(\.point) == ["/", "/srv/a b", "/mnt/nfs"])
    #expect(mounts.map(\.type) == ["ext4", "xfs", "nfs4"] && mounts.last?.device == "server:/export")
    // The root of a container is told whatever it is.
    #expect(MountTable.lasting("1 0 0:9 / / rw - overlay overlay rw").map(\.type) == ["overlay"])
  }

  @Test func mountsThatAreNone() {
    for text in ["", "\n", "1 2 3", "a b c d e f g h i j", "1 0 0:1 / / rw shared:1 -", "1 0 0:1 / / rw - ext4 /dev/x"]
    {
      #expect(MountTable.lasting(text).isEmpty, "\(text)")
    }
    let many = (0..<500).map { "\($0) 1 9:\($0) / /m\($0) rw - ext4 /dev/x\($0) rw" }.joined(separator: "\n")
    #expect(MountTable.lasting(many).count == MountTable.most)
    for (given, plain) in [("a\\134b", "a\\b"), ("\\", "\\"), ("\\0", "\\0"), ("\\999", "\\999"), ("\\040", " ")] {
      #expect(MountTable.plain(given) == plain)
    }
    var random = SeededRandom(seed: 7)
    for _ in 0..<2000 {
      let bytes = (0..<60).map { _ in Array("/ \\-:09ardevxt\n4".utf8)[Int(random.next() % 16)] }
      _ = MountTable.lasting(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func defaultRoutes() {
    let heading = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    let slow = "eth1\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
    let fast = "eth0\t00000000\t010200C0\t0003\t0\t0\t10\t00000000\t0\t0\t0\n"
    let near = "eth2\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    #expect(DefaultRoute.interface(route: heading + slow + near + fast) == "eth0")
    #expect(DefaultRoute.interface(route: heading + near) == nil && DefaultRoute.interface(route: "x") == nil)
    let zero = String(repeating: "0", count: 32)
    let lo = "\(zero) 00 \(zero) 00 \(zero) ffffffff 00000001 00000000 00200200 lo\n"
    let six = "\(zero) 00 \(zero) 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n"
    #expect(DefaultRoute.interface(ipv6Route: lo + six) == "eth0" && DefaultRoute.interface(ipv6Route: lo) == nil)
    for (text, speed) in [("1000\n", 1000 as UInt64?), ("-1\n", nil), ("", nil), ("4294967295", nil), ("x", nil)] {
      #expect(HostLink.speed(text) == speed)
    }
  }

  @Test func addressesOfLinks() {
    let text = """
      fe80000000000000021122fffe334455 02 40 20 80     eth0
      20010db8000000000000000000000007 02 40 00 80     eth0
      00000000000000000000000000000001 01 80 10 80       lo
      zz80000000000000021122fffe334455 02 40 20 80     eth1
      20010db8000000000000000000000007 02 ff 00 80     eth1

      """
    let found = InterfaceAddresses.ipv6(text)
    #expect(found == ["eth0": ["2001:db8::7/64", "fe80::211:22ff:fe33:4455/64"], "lo": ["::1/128"]])
    #expect(InterfaceAddresses.read()["lo"]?.contains("127.0.0.1/8") == true)
  }

  @Test func whereOthersReachIt() throws {
    let link = HostLink(name: "eth0", mac: "", addresses: ["192.0.2.7/24", "2001:db8::7/64"], speed: nil, isUp: true)
    let host = HostInventory(
      processors: .init(), storage: [], links: [link], defaultLink: "eth0", hasNestedKVM: false, hasImageTool: true)
    for (listening, address) in [
      (nil, "192.0.2.7"), ("127.0.0.1", "192.0.2.7"), ("::", "192.0.2.7"), ("0.0.0.0", "192.0.2.7"),
      ("198.51.100.4", "198.51.100.4"),
    ] as [(String?, String)] {
      #expect(host.managementAddress(listening.map { NetworkAddress(host: $0, port: 9090) }) == address)
    }
    var alone = host
    alone.defaultLink = nil
    #expect(alone.managementAddress(nil).isEmpty)
  }

  /// This host, from a second side.
  @Test func thisHostIsFound() async {
    let host = await HostInventory.gather(taps: [], imageTool: "/nobody", by: FileLooks())
    #expect(host.storage.contains { $0.mount.point == "/" && ($0.room?.total ?? 0) > 0 })
    #expect(!host.hasImageTool && !host.links.contains { $0.name == "lo" })
    #expect(host.processors.threads == ProcessInfo.processInfo.activeProcessorCount)
  }

  // MARK: counters

  @Test func disksAreRead() {
    let text = """
       254       0 vda 100 2 2048 30 50 1 4096 40 0 500 70 0 0 0 0 0 0
       7 0 loop0 1 2 3
       8 0 sda x 0 0 0 0 0 0 0 0 0 0
       8 1 sdb 18446744073709551615 0 18446744073709551615 0 0 0 0 0 0 0 0
      """
    let disks = DiskStatistics.parse(text)
    #expect(disks.map(\.name) == ["vda", "sdb"])
    var newer = disks[0]
    #expect(newer.readBytes == 1 << 20 && newer.writtenBytes == 2 << 20 && newer.busy == 500)
    newer.reads += 20
    newer.busy += 1000
    newer.compare(with: disks[0], 2_000_000)
    #expect(newer.readRate == 10 && newer.writeRate == 0 && newer.busyPercent == 50)
    newer.compare(with: disks[1], 2_000_000)
    #expect(newer.readRate == nil, "the counter has begun again")
  }

  @Test func linksOfTheHostAreSeenFromIt() {
    let seen = CardCounters(received: .init(bytes: 5), transmitted: .init(bytes: 9))
    let links = LinkProbe.ofHost(["lo": seen, "eth0": seen, "pcr0-1": seen], taps: ["pcr0-1"])
    #expect(links.map(\.name) == ["eth0"] && links[0].counters.received.bytes == 9)
  }
}
