import Linux
import Testing

/// IPv6 addresses as texts.
@Suite struct IPv6AddressTests {
  // Examples of RFC 5952, sections 1, 2 and 4.
  @Test(arguments: [
    ("2001:db8::1", "2001:db8::1"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"),
    ("1::", "1::"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ("fd50:6372::ffff", "fd50:6372::ffff"),
  ])
  func aTextIsReadAndWritten(text: String, canonical: String) throws {
    let address = try #require(IPv6Address(text))
    #expect(address.text == canonical)
    #expect(IPv6Address(canonical) == address)
  }

  @Test func theHalvesAreInOrder() throws {
    let address = try #require(IPv6Address("1:2:3:4:5:6:7:8"))
    #expect(address == IPv6Address(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008))
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:::2", ":1::2", "::1:", "12345::", "g::",
    "::+1", "::-0", "::1%lo", "::1/64", " ::1", "::1\0", "1:2:3:4::5:6:7:8", "::１",
  ])
  func anythingElseIsRefused(text: String) { #expect(IPv6Address(text) == nil, "\(text)") }
}
