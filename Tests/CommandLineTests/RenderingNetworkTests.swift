import NodeAPI
import Testing

@testable import CommandLine
@testable import VMSpec

@Suite struct NetworkRenderingTests {
  private static let port = Limiquantix_Node_V1_PortStatus.with {
    $0.network = "default"
    $0.tap = "pcr0-17"
    $0.address = "10.100.0.17/24"
    $0.address6 = "fd50:6372:a64::11/64"
    $0.attached = true
    $0.listed = true
    $0.allowedDomains = ["example.com"]
    $0.allowedAddresses = ["10.0.0.0/8:80/tcp"]
    $0.sendBytesPerSecond = 10 << 20
    $0.forwards = [
      .with { ($0.guestPort, $0.hostPort, $0.protocol) = (22, 2222, "tcp") },
      .with { ($0.guestPort, $0.automatic, $0.protocol) = (53, true, "udp") },
    ]
  }

  @Test func rulesAreReadable() {
    let view = NetworkView(vm: "web", nic: NICView(Self.port))
    #expect(
      view.text() == """
           Nic 0: default  pcr0-17  10.100.0.17/24  fd50:6372:a64::11/64
         Reaches: only example.com, 10.0.0.0/8:80/tcp
          Limits: sends 10MiB/s
        Forwards: 2222:22/tcp *:53/udp

        """)
    #expect(view.names() == "2222:22/tcp\n*:53/udp\n")
    let open = NetworkView(vm: "web", nic: NICView(.with { $0.network = "default" })).text()
    #expect(open == "   Nic 0: default  (not attached)\n Reaches: what the network permits\n")
    #expect(NetworkView(vm: "web", nic: NICView(.with { $0.listed = true })).text().contains("nothing (isolated)"))
  }

  @Test(
    arguments: [
      ("22", 0, 22, .tcp), ("2222:22", 2222, 22, .tcp), ("53/udp", 0, 53, .udp), ("5353:53/udp", 5353, 53, .udp),
    ] as [(String, UInt16, UInt16, PortProtocol)])
  func forwardsAreRead(text: String, host: UInt16, guest: UInt16, proto: PortProtocol) throws {
    let forward = try #require(ForwardArgument(argument: text))
    #expect(forward.host == host && forward.guest == guest && forward.proto == proto)
  }

  @Test(arguments: ["", "0", "a", "1:2:3", "0:1", "70000", "22/", "22/sctp", ":22", "22:"])
  func otherTextsAreNoForwards(text: String) { #expect(ForwardArgument(argument: text) == nil) }

  @Test func rates() {
    #expect(RateArgument(argument: "none")?.bytes == 0 && RateArgument(argument: "10MiB")?.bytes == 10 << 20)
    #expect(RateArgument(argument: "0") == nil && RateArgument(argument: "10MB") == nil)
  }
}
