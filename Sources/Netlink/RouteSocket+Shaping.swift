import CMnl
public import Failure
import Glibc

extension RouteSocket {
  /// Limits what an interface sends, which for a TAP is what its holder receives, by a token bucket as its root
  /// queueing discipline in place of whatever is there. A rate that is changed loses no waiting packet.
  /// - Parameter rate: Bytes per second; 0 takes the root queueing discipline away, and is no error if there is none.
  /// - Throws: ENOENT if the kernel has no `tbf` (sch_tbf).
  public mutating func shape(_ name: String, bytesPerSecond rate: UInt64) throws(Failure) {
    let index = try number(of: name, operation: "shape interface")
    guard rate > 0 else { return try unshape(index, name) }
    let flags = NLM_F_CREATE | NLM_F_REPLACE
    try kernel.request(RTM_NEWQDISC, flags: flags, operation: "shape interface", object: name) { message in
      message.header(Self.root(of: index))
      message.text(TCA_KIND, "tbf")
      message.nest(TCA_OPTIONS) { TokenBucketFilter(bytesPerSecond: rate).put(&$0) }
    }
  }

  /// Bytes per second that an interface may send; nil if it is not shaped.
  public mutating func shaping(of name: String) throws(Failure) -> UInt64? {
    try shapings()[try number(of: name, operation: "look up shaping")]
  }

  /// Bytes per second that each shaped interface may send, by its number.
  public mutating func shapings() throws(Failure) -> [Int32: UInt64] {
    let found: [(index: Int32, rate: UInt64)] = try kernel.dump(RTM_GETQDISC, operation: "list shaping") {
      $0.header(tcmsg())
    } _: {
      Self.bucket($0)
    }
    return Dictionary(found.map { ($0.index, $0.rate) }) { first, _ in first }
  }

  /// The token bucket at an interface's root; nil if the message is about anything else.
  static func bucket(_ message: MessageReader) -> (index: Int32, rate: UInt64)? {
    guard let header = message.body(tcmsg.self), header.tcm_parent == rootParent else { return nil }
    var isBucket = false
    var rate: UInt64?
    for attribute in message.attributes(after: MemoryLayout<tcmsg>.size) {
      switch attribute.type {
      case TCA_KIND: isBucket = attribute.text == "tbf"
      case TCA_OPTIONS where isBucket: rate = TokenBucketFilter.rate(attribute.nested)
      default: break
      }
    }
    return rate.map { (header.tcm_ifindex, $0) }
  }

  private mutating func unshape(_ index: Int32, _ name: String) throws(Failure) {
    do {
      try kernel.request(RTM_DELQDISC, operation: "end shaping", object: name) { $0.header(Self.root(of: index)) }
    } catch let failure { if failure.errno != ENOENT { throw failure } }
  }

  /// TC_H_ROOT (linux/pkt_sched.h).
  static let rootParent: UInt32 = 0xffff_ffff

  private static func root(of index: Int32) -> tcmsg {
    var header = tcmsg()
    header.tcm_family = UInt8(AF_UNSPEC)
    header.tcm_ifindex = index
    header.tcm_parent = rootParent
    return header
  }
}
