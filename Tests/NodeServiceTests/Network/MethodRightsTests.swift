import Access
import GRPCCore
import NodeAPI
import NodeCore
import Testing

@testable import NodeService

/// What each method asks of its caller, at sockets and over the network.
@Suite struct MethodRightsTests {
  private static let methods: [MethodDescriptor] =
    Limiquantix_Node_V1_NodeDaemonService.Method.descriptors + Procurator_Node_V1_Node.Method.descriptors
    + Procurator_Node_V1_Events.Method.descriptors + Procurator_Node_V1_Diagnosis.Method.descriptors
    + Procurator_Node_V1_Operations.Method.descriptors + Procurator_Node_V1_Limits.Method.descriptors
    + Procurator_Node_V1_Metrics.Method.descriptors + Procurator_Node_V1_Life.Method.descriptors
    + Procurator_Node_V1_Guest.Method.descriptors + Grpc_Health_V1_Health.Method.descriptors
    + ReflectionService.methods

  @Test func whatIsNamedIsThere() {
    let names = Set(Self.methods.map(\.fullyQualifiedMethod))
    for name in MethodRights.meeting.union(MethodRights.looking) { #expect(names.contains(name), "\(name)") }
    #expect(MethodRights.meeting.isDisjoint(with: MethodRights.looking))
  }

  /// Every role with every method.
  @Test func theTable() {
    for method in Self.methods.map(\.fullyQualifiedMethod) {
      let right = MethodRights.right(to: method)
      #expect(Role.operator.permits(right) && Role.controlPlane.permits(right))
      #expect(Role.readOnly.permits(right) == (right != .operate), "\(method)")
      #expect(Role.node.permits(right) == (right == .meet), "\(method)")
    }
    #expect(
      MethodRights.right(to: "procurator.node.v1.Later/Anything") == .operate, "closed until somebody thinks of it")
  }

  @Test func whoComesFromWhereHasWhichRole() {
    #expect(Caller.process(LocalProcess(uid: 0, pid: 1, socket: .operators)).role == .operator)
    #expect(Caller.process(LocalProcess(uid: 0, pid: 1, socket: .readers)).role == .readOnly)
    let identity = Identity(name: "supervisor", role: .readOnly, serial: "4f")
    let remote = Caller.remote(RemoteCaller(role: .readOnly, address: "10.0.0.5", identity: identity))
    #expect(Author.caller(remote).word == "supervisor[read-only]", "nobody looks like the supervisor itself")
    #expect(Author.caller(remote).phrase == " by supervisor (read-only at 10.0.0.5, certificate 4f)")
    #expect(Author.supervisor.role == .operator)
  }

  /// What a header says is what was put into it, whatever is in a name.
  @Test(arguments: ["alice", "Alice Liddell", "a b\u{202e}c", "0 1", "x\"\n"]) func headers(_ name: String) {
    for identity in [Identity(name: name, role: .operator, serial: "4f2a"), nil] {
      let peer = PeerHeader.Peer.remote(RemoteCaller(role: .operator, address: "fe80::1", identity: identity))
      #expect(PeerHeader.peer([PeerHeader.name: .string(PeerHeader.text(peer))]) == peer)
    }
  }

  @Test(arguments: [
    "operator", "root 10.0.0.5", "operator ", "operator 10.0.0.5 4f", "operator 10.0.0.5 4f !", "operator 1 2 Zm9v x",
  ])
  func headersThatAreNone(_ text: String) {
    #expect(PeerHeader.peer([PeerHeader.name: .string(text)]) == nil)
  }
}
