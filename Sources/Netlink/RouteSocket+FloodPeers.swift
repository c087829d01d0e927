import CMnl
public import Failure
import Glibc

/// The peers to which a VXLAN sends a copy of every frame whose destination it does not know: entries for the address
/// 00:00:00:00:00:00, one for each peer (`bridge fdb append`). Peers are IPv4 addresses in host byte order.
extension RouteSocket {
  /// Adds a peer to the VXLAN interface of that number. No error if it is there.
  public mutating func addFloodPeer(_ peer: UInt32, to vxlan: Int32, object: String) throws(Failure) {
    let flags = NLM_F_CREATE | NLM_F_APPEND
    try kernel.request(RTM_NEWNEIGH, flags: flags, operation: "add VXLAN peer", object: object) {
      Self.putPeer(&$0, peer, vxlan)
    }
  }

  /// Removes a peer. No error if it is not there.
  public mutating func deleteFloodPeer(_ peer: UInt32, from vxlan: Int32, object: String) throws(Failure) {
    do {
      try kernel.request(RTM_DELNEIGH, operation: "delete VXLAN peer", object: object) {
        Self.putPeer(&$0, peer, vxlan)
      }
    } catch let failure { if failure.errno != ENOENT { throw failure } }
  }

  /// The peers of the VXLAN interface of that number.
  public mutating func floodPeers(of vxlan: Int32) throws(Failure) -> Set<UInt32> {
    let peers: [UInt32] = try kernel.dump(RTM_GETNEIGH, operation: "list VXLAN peers", object: "\(vxlan)") { message in
      message.header(Neighbour.header(of: vxlan, state: 0, flags: 0))
    } _: { message in
      guard let neighbour = Neighbour(message), neighbour.index == vxlan, neighbour.master == 0, neighbour.mac == 0
      else { return nil }
      return neighbour.peer
    }
    return Set(peers)
  }

  /// Makes the peers equal to `wanted`: adds what is missing, then removes what is too many.
  public mutating func setFloodPeers(of vxlan: Int32, to wanted: Set<UInt32>, object: String) throws(Failure) {
    let present = try floodPeers(of: vxlan)
    for peer in wanted.subtracting(present) { try addFloodPeer(peer, to: vxlan, object: object) }
    for peer in present.subtracting(wanted) { try deleteFloodPeer(peer, from: vxlan, object: object) }
  }

  private static func putPeer(_ message: inout MessageBuilder, _ peer: UInt32, _ vxlan: Int32) {
    message.header(
      Neighbour.header(of: vxlan, state: UInt16(NUD_NOARP | NUD_PERMANENT), flags: UInt8(NTF_SELF)))
    message.hardwareAddress(NDA_LLADDR, 0)
    message.address(NDA_DST, peer)
  }
}
