import Failure
import Life
import NodeAPI
import Testing

@testable import NodeService
@testable import VMSpec

/// Ports in the contract's words.
@Suite struct NetworkPortMappingTests {
  private typealias Phase = Limiquantix_Node_V1_NetworkPortPhase
  private typealias Request = Limiquantix_Node_V1_ConfigureNetworkPortRequest

  private static let port = Limiquantix_Node_V1_NetworkPortInfo.with {
    $0.portID = "w/0"
    $0.networkID = "default"
    $0.macAddress = "52:54:00:00:00:01"
    $0.ipAddresses = ["10.100.0.2/24", "fd00::2/64"]
  }

  @Test(
    arguments: [
      (State.running, nil, true, true, Limiquantix_Node_V1_NetworkPortPhase.active),
      (.paused, nil, true, true, .active),
      (.starting, nil, false, false, .building), (.stopped, nil, false, true, .down),
      (.pending, nil, false, false, .pending), (.failed, .network, false, false, .error),
      (.failed, .netd, false, true, .error), (.failed, .disk, false, true, .down),
    ] as [(State, Failure.Part?, Bool, Bool, Limiquantix_Node_V1_NetworkPortPhase)])
  func phases(
    _ state: State, _ part: Failure.Part?, isAttached: Bool, hasPort: Bool, phase: Limiquantix_Node_V1_NetworkPortPhase
  ) {
    #expect(Limiquantix_Node_V1_NetworkPortInfo.phase(state, part, isAttached: isAttached, hasPort: hasPort) == phase)
  }

  @Test func whatIsSoIsTaken() throws {
    try Request().check(against: Self.port)
    try Request.with {
      $0.networkID = "default"
      $0.macAddress = "52:54:00:00:00:01"
      $0.ipAddresses = ["10.100.0.2", "fd00::2/64"]
      $0.portSecurityEnabled = true
      $0.qos.egressRateKbps = 8
    }.check(against: Self.port)
  }

  @Test func whatIsNotSoIsRefusedByName() throws {
    let changes: [(String, @Sendable (inout Limiquantix_Node_V1_ConfigureNetworkPortRequest) -> Void)] = [
      ("network_id", { $0.networkID = "other" }), ("mac_address", { $0.macAddress = "52:54:00:00:00:02" }),
      ("ip_addresses: 10.100.0.3", { $0.ipAddresses = ["10.100.0.2", "10.100.0.3"] }),
      ("ovn_port_name", { $0.ovnPortName = "p" }), ("binding_type", { $0.bindingType = .networkPortBindingMacvtap }),
      ("security_group_ids", { $0.securityGroupIds = ["web"] }), ("qos", { $0.qos.ingressBurstKb = 1 }),
    ]
    for (field, change) in changes {
      var request = Request.with { $0.portID = "w/0" }
      change(&request)
      let failure = try #require(throws: Failure.self) { try request.check(against: Self.port) }
      #expect(failure.code == .state && failure.object == "w/0: \(field)" && !failure.remedy.isEmpty, "\(failure)")
    }
  }

  @Test func ratesAreKilobits() throws {
    let limits = try Request.with {
      $0.qos.ingressRateKbps = 800
      $0.qos.egressRateKbps = 0
    }.bandwidth()
    #expect(limits == BandwidthSpec(receive: 100_000))
    #expect(throws: Failure.self) { try Request.with { $0.qos.egressRateKbps = .max }.bandwidth() }
  }
}
