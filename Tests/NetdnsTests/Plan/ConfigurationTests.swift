import Configuration
import Glibc
import IPC
import IPCNames
import Linux
import Testing

@testable import netdns

/// What dnsmasq is told, word for word.
@Suite struct ConfigurationTests {
  static let plain = Shards.Entry(
    "lab", 0, bridge: "br-lab", gateway: "10.101.0.1", hosts: 2...3, mtu: 0, isRouted: false)
  static let both = [
    Shards.Entry("default", 0, bridge: "br0", gateway: "10.100.0.1", high6: 0xfd50_6372_0a64_0000),
    Shards.Entry("default", 1, bridge: "br0-1", gateway: "10.100.1.1", high6: 0xfd50_6372_0a64_0001),
  ]

  @Test func aSmallNetwork() {
    let text = NetworkConfiguration(network: "lab", shards: [Self.plain], folder: "/run/x", upstream: []).text
    #expect(
      text == """
        # netdns made this for the network lab and will make it again.
        keep-in-foreground
        pid-file
        log-facility=-
        log-async=100
        quiet-dhcp
        quiet-dhcp6
        quiet-ra
        bind-dynamic
        interface=br-lab
        except-interface=lo
        no-hosts
        domain-needed
        bogus-priv
        cache-size=1000
        no-resolv
        hostsdir=/run/x/names/lab
        domain=lab.internal
        local=/lab.internal/
        txt-record=_netdns.lab.internal,lab
        local=/0.101.10.in-addr.arpa/
        dhcp-authoritative
        leasefile-ro
        dhcp-ignore-names
        dhcp-ignore-clid
        dhcp-ignore=tag:!known
        dhcp-lease-max=253
        dhcp-hostsfile=/run/x/hosts/lab-0
        dhcp-range=set:s0,10.101.0.0,static,255.255.255.0,infinite
        dhcp-option=tag:s0,option:router
        dhcp-option=tag:s0,option:dns-server,10.101.0.1

        """)
  }

  @Test func aNetworkWithAllThereIs() {
    let text = NetworkConfiguration(
      network: "default", shards: Self.both, folder: "/run/x", upstream: ["192.0.2.53", "2001:db8::1#5353"]
    ).text
    for line in [
      "interface=br0", "interface=br0-1", "no-resolv", "server=192.0.2.53", "server=2001:db8::1#5353",
      "dhcp-lease-max=1012", "enable-ra", "dhcp-duid=0,0a:64:00:01",
      "dhcp-range=set:s1,10.100.1.0,static,255.255.255.0,infinite", "dhcp-option=tag:s1,option:router,10.100.1.1",
      "dhcp-option=tag:s1,option:mtu,1400", "dhcp-range=set:s1,fd50:6372:a64:1::,static,64,infinite",
      "dhcp-option=tag:s1,option6:dns-server,[fd50:6372:a64:1::1]",
      "dhcp-option=tag:s1,option6:domain-search,default.internal", "ra-param=br0-1,600,9000",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)") }
  }

  @Test func aDomainList() {
    let list = ListEntry(0xa1b2, "lab", port: 15361, ["a.example", "b.example"]).served
    let text = ProfileConfiguration(list: list, shards: [Self.plain], privateDomains: ["corp.example"]).text
    #expect(
      text == """
        # netdns made this for the domain list 0000a1b2 of the network lab and will make it again.
        keep-in-foreground
        pid-file
        log-facility=-
        log-async=100
        bind-dynamic
        port=15361
        interface=br-lab
        except-interface=lo
        no-hosts
        no-resolv
        cache-size=0
        max-ttl=60
        filter-AAAA
        filter-rr=HTTPS,SVCB
        stop-dns-rebind
        rebind-domain-ok=/lab.internal/
        rebind-domain-ok=/corp.example/
        address=/#/
        server=/a.example/10.101.0.1
        nftset=/a.example/4#inet#procurator#names-0000a1b2
        server=/b.example/10.101.0.1
        nftset=/b.example/4#inet#procurator#names-0000a1b2

        """)
  }

  @Test func hostsAndNames() {
    #expect(
      HostFile.text(Self.plain) == """
        02:50:0a:65:00:02,10.101.0.2,infinite
        02:50:0a:65:00:03,10.101.0.3,infinite

        """)
    // A line has the address that is used now first, and those from before that nobody uses now.
    let first = HostFile.text(Self.plain, [0x0a65_0002: 0x5254_0000_0001])
    #expect(
      first == """
        52:54:00:00:00:01,02:50:0a:65:00:02,10.101.0.2,infinite
        02:50:0a:65:00:03,10.101.0.3,infinite

        """)
    let moved = HostFile.text(
      Self.plain, [0x0a65_0002: 0x5254_0000_0002, 0x0a65_0003: 0x5254_0000_0001], former: first)
    #expect(
      moved == """
        52:54:00:00:00:02,02:50:0a:65:00:02,10.101.0.2,infinite
        52:54:00:00:00:01,02:50:0a:65:00:03,10.101.0.3,infinite

        """)
    // Who is there next would be refused by a dnsmasq that knows of the lease.
    #expect(HostFile.forgets(first, moved) && !HostFile.forgets("", first) && !HostFile.forgets(first, first))
    // One that goes to another subnet is in nobody's way here.
    let away = HostFile.text(Self.plain, [0x0a64_0105: 0x5254_0000_0001], former: first)
    #expect(away.hasPrefix("02:50:0a:65:00:02,52:54:00:00:00:01,10.101.0.2,") && !HostFile.forgets(first, away))
    #expect(HostFile.text(Self.plain, [:], former: moved).hasPrefix("02:50:0a:65:00:02,52:54:00:00:00:02,10.101.0.2,"))
    var many = ""
    var forgotten = 0
    for number in 0..<100 as Range<UInt64> {
      let next = HostFile.text(Self.plain, [0x0a65_0002: number + 1], former: many)
      if HostFile.forgets(many, next) { forgotten += 1 }
      many = next
      #expect(many.split(separator: "\n")[0].split(separator: ",").count <= HostFile.most + 2)
      #expect(HostFile.text(Self.plain, [0x0a65_0002: number + 1], former: many) == many)
    }
    #expect(forgotten == 5, "rarely, for each time costs a start of dnsmasq")
    let six = HostFile.text(Self.both[1])
    #expect(six.contains("\n02:50:0a:64:01:11,10.100.1.17,[fd50:6372:a64:1::11],infinite\n"))
    #expect(six.split(separator: "\n").count == 253)
    let names = [
      ServedName(network: "default", name: "web", address: 0x0a64_0111),
      ServedName(network: "default", name: "db", address: 0x0a64_0005),
    ]
    let text = NameFile.text(names, Self.both)
    #expect(
      text == """
        10.100.0.5 db.default.internal
        fd50:6372:a64::5 db.default.internal
        10.100.1.17 web.default.internal
        fd50:6372:a64:1::11 web.default.internal

        """)
    #expect(NameFile.parse("names/default/names", text) == [names[1], names[0]])
    #expect(NameFile.parse("names/lab/names", text).isEmpty)
  }

  /// dnsmasq itself reads what was made, and finds nothing wrong.
  @Test func dnsmasqTakesIt() throws {
    let folder = "/tmp/netdns-test-" + String(UInt32.random(in: 0 ... .max), radix: 16)
    defer { try? Files.removeFolder(folder) }
    var listing = Listing()
    listing.shards = Self.both + [Self.plain]
    listing.lists = [ListEntry(1, "default", port: 15361, ["a.example", "com"]).served]
    let text = "[Netdns]\nRuntimeFolder=\(folder)\nUpstream=192.0.2.53#53 2001:db8::1\nPrivateDomains=corp.example\n"
    let wanted = Wanted(listing, try Settings(ConfigurationFile.parse(text, name: "test")))
    #expect(wanted.instances.count == 3)
    for (path, text) in wanted.files {
      let parts = path.split(separator: "/").dropLast()
      try Files.makeFolders(folder + "/" + parts.joined(separator: "/"))
      try Files.replace(folder + "/" + path, with: Array(text.utf8))
    }
    for id in wanted.instances {
      let null = try Files.open("/dev/null", O_RDWR)
      let dnsmasq = try ProcessHandle.spawn(
        "/usr/sbin/dnsmasq", arguments: ["dnsmasq", "--test", "--conf-file=\(folder)/\(id.file)"], environment: [],
        descriptors: [(null.raw, 0), (null.raw, 1), (2, 2)])
      #expect(try dnsmasq.reap(blocking: true) == .exited(0), "\(id.file)")
      #expect(InstanceID(file: id.file) == id)
    }
  }

  @Test func filesOfOthersAreNoInstances() {
    for file in [
      "conf/net-a.conf", "conf/net-a-1.conf", "conf/profile-1-2-0123456789abcdef.conf",
      "hosts/net-a-0123456789abcdef.conf",
      "conf/profile-00000001-02-0123456789abcdef.conf", "conf/other-a-0123456789abcdef.conf", "conf/.conf", "",
    ] { #expect(InstanceID(file: file) == nil, "\(file)") }
    #expect(InstanceID(file: "conf/net-a-b-0123456789abcdef.conf")?.name == .network("a-b"))
  }

  @Test func whatCannotStandInAConfigurationIsLeftOut() {
    var bad = Self.plain
    bad.bridge = "br0\ndhcp-script=/bin/sh"
    var checked = PortFacts.checked(shards: [bad], leases: [])
    #expect(checked.facts == PortFacts() && checked.diagnostics.count == 1)
    var half = ListEntry(2, "lab", port: 2, []).lease
    half.resolver = 0
    var external = NameEntry("out", "outside", 0, 3).lease
    external.port.gateway = 0
    checked = PortFacts.checked(
      shards: [Self.plain],
      leases: [
        NameEntry("good", "lab", 0, 3).lease, NameEntry("far", "lab", 1, 4).lease, half,
        ListEntry(3, "other", port: 3, []).lease, external,
      ])
    #expect(checked.facts.leases.map(\.address) == [0x0a65_0003] && checked.diagnostics.count == 3)
  }

  @Test func thereIsALimitOfLists() throws {
    let listing = Listing(
      shards: [Self.plain], names: [],
      lists: (1...4).map { ListEntry($0, "lab", port: UInt16($0), ["a.example"]).served })
    let settings = try Settings(ConfigurationFile.parse("[Netdns]\nMaxProfiles=3\n", name: "test"))
    let wanted = Wanted(listing, settings)
    #expect(wanted.instances.count == 4 && wanted.refused == [4])
  }

  /// Numbers are chosen: low ones take no place from a list that has one, and not all that are free.
  @Test func noUserEndsTheListsOfAnother() throws {
    func lists(_ uid: UInt32, _ ids: ClosedRange<UInt32>) -> [ServedList] {
      ids.map { ServedList(id: $0, uid: uid, number: $0, network: "lab", port: UInt16($0), domains: ["a.example"]) }
    }
    let settings = try Settings(ConfigurationFile.parse("[Netdns]\nMaxProfiles=4\n", name: "test"))
    func wanted(_ lists: [ServedList], _ before: Wanted = Wanted()) -> Wanted {
      Wanted(
        Listing(shards: [Self.plain], lists: lists), settings, existing: before.files,
        serving: Set(before.instances.map(\.name)))
    }
    let (theirs, ours) = (lists(1, 1...9), lists(2, 101...103))
    let fair = wanted(theirs + ours)
    #expect(fair.refused == [3, 4, 5, 6, 7, 8, 9, 103])
    let before = wanted(ours)
    #expect(before.refused.isEmpty)
    let after = wanted(theirs + ours, before)
    #expect(after.refused == [2, 3, 4, 5, 6, 7, 8, 9] && wanted(theirs + ours, after).refused == after.refused)
    // A new run knows by the folder who was served.
    let restarted = Wanted(Listing(shards: [Self.plain], lists: theirs + ours), settings, existing: before.files)
    #expect(restarted.refused == after.refused)
    // One user alone has all places.
    #expect(wanted(theirs).refused == [5, 6, 7, 8, 9])
  }

  /// What a list permits stays until its owner says otherwise, though nobody has told this run of netdns.
  @Test func aListThatNobodyHasDescribedGoesOnAsItIs() throws {
    let settings = try Settings(ConfigurationFile.parse("[Netdns]\n", name: "test"))
    let number = ListNumber.of(uid: 0, network: "lab", ["a.example", "b.example"])
    var list = ListEntry(number, "lab", port: 15361, ["a.example", "b.example"]).served
    let before = Wanted(Listing(shards: [Self.plain], lists: [list]), settings)
    list.domains = nil
    let after = Wanted(Listing(shards: [Self.plain], lists: [list]), settings, existing: before.files)
    #expect(after == before)
    let new = Wanted(Listing(shards: [Self.plain], lists: [list]), settings)
    #expect(new.instances.count == 1 && new.undescribed == [number])
  }
}
