import CMnl
public import Failure
import Glibc

/// A socket for requests to the kernel's packet filter (nftables), owned by one thread. It only reads.
public struct NetfilterSocket: ~Copyable {
  var kernel: KernelSocket

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) { kernel = try KernelSocket(Int32(NETLINK_NETFILTER)) }

  /// All chains that packets enter by themselves, of all tables, whoever made them; needs CAP_NET_ADMIN. What
  /// `iptables-legacy` made is no table of nftables and not among them.
  /// - Throws: EINVAL if the kernel has no nftables.
  public mutating func baseChains() throws(Failure) -> [BaseChain] {
    let type = Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(NFT_MSG_GETCHAIN.rawValue)
    return try kernel.dump(type, operation: "list firewall chains") { message in
      message.header(nfgenmsg(nfgen_family: UInt8(AF_UNSPEC), version: UInt8(NFNETLINK_V0), res_id: 0))
    } _: {
      BaseChain($0)
    }
  }
}
