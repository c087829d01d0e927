import Testing

@testable import Netlink

/// Messages as bytes, without a kernel.
@Suite struct MessageTests {
  /// What `build` makes behind the netlink header.
  private func bytes(_ build: (inout MessageBuilder) -> Void) throws -> [UInt8] {
    try withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { buffer in
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      var builder = try #require(MessageBuilder(buffer, type: 16, flags: 0, sequence: 1))
      build(&builder)
      #expect(builder.fits)
      return Array(buffer[16..<builder.length])
    }
  }

  @Test func aVLANIsEncodedAsTheKernelReadsIt() throws {
    // IFLA_LINK = 5: parent 7. IFLA_LINKINFO = 18: IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2 with IFLA_VLAN_ID = 1: 0x0abc.
    let wanted: [UInt8] = [
      8, 0, 5, 0, 7, 0, 0, 0,
      28, 0, 18, 0x80, 9, 0, 1, 0, 118, 108, 97, 110, 0, 0, 0, 0, 12, 0, 2, 0x80, 6, 0, 1, 0, 0xbc, 0x0a, 0, 0,
    ]
    let made = try bytes { RouteSocket.put(kind: "vlan", parent: 7, &$0) { $0.short(1, 0x0abc) } }
    #expect(made == wanted)
  }

  @Test func aVXLANIsEncodedAsTheKernelReadsIt() throws {
    // IFLA_VXLAN_ID = 1, _LOCAL = 4 and _PORT = 15 in network byte order, _LEARNING = 7.
    let made = try bytes { VXLAN(vni: 0x010203, local: 0x0a00_0001, port: 4789, isLearning: false).put(&$0) }
    #expect(
      made == [
        8, 0, 1, 0, 3, 2, 1, 0, 8, 0, 4, 0, 10, 0, 0, 1, 6, 0, 15, 0, 0x12, 0xb5, 0, 0, 5, 0, 7, 0, 0, 0, 0, 0,
      ])
    let back = made.withUnsafeBytes { VXLAN(AttributeWalk($0[...])) }
    #expect(back == VXLAN(vni: 0x010203, local: 0x0a00_0001, port: 4789, isLearning: false))
  }

  @Test(
    arguments: [
      // rate, burst, limit
      (1, 73_728, 73_728), (125_000, 73_728, 79_978), (125_000_000, 500_000, 6_750_000),
      (18_432_000, 73_728, 995_328), (UInt64(1) << 40, .max, .max), (.max, .max, .max),
    ] as [(UInt64, UInt32, UInt32)])
  func aBucketFitsItsRate(rate: UInt64, burst: UInt32, limit: UInt32) throws {
    let bucket = TokenBucketFilter(bytesPerSecond: rate)
    #expect(bucket.burst == burst && bucket.limit == limit)
    let made = try bytes { bucket.put(&$0) }
    #expect(made.withUnsafeBytes { TokenBucketFilter.rate(AttributeWalk($0[...])) } == rate)
  }

  @Test func aChangeIsDoneInTheRightOrder() {
    var change = LinkChange()
    #expect(change.steps.isEmpty)
    change.master = 3
    change.isUp = true
    change.alias = "port"
    #expect(change.steps == [change])
    change.port = BridgePort(isIsolated: true)
    let steps = change.steps
    #expect(steps.count == 2)
    #expect(steps.first?.master == 3 && steps.first?.isUp == nil && steps.first?.port == nil)
    #expect(steps.last?.master == nil && steps.last?.isUp == true && steps.last?.port == change.port)
    #expect(steps.last?.alias == "port")
    change.isWithoutIPv6 = true
    #expect(change.steps.map(\.master) == [3, nil, nil])
    #expect(change.steps.map(\.isUp) == [nil, nil, true])
    #expect(change.steps.map(\.hasLinkLocal) == [nil, false, nil])
    // What goes down does so at once.
    change.isUp = false
    #expect(change.steps.map(\.isUp) == [nil, false])
  }

  @Test func whatIsCutIsNotRead() {
    let short: [UInt8] = [8, 0, 1, 0, 3, 2]
    short.withUnsafeBytes { bytes in
      #expect(TokenBucketFilter.rate(AttributeWalk(bytes[...])) == nil)
      let attribute = AttributeReader(type: 1, bytes: UnsafeRawBufferPointer(rebasing: bytes[..<1]))
      #expect(attribute.short == 0 && attribute.long == 0 && attribute.bigEndianNumber == 0)
      #expect(attribute.address6 == nil && attribute.body(UInt64.self) == nil)
    }
  }
}
