import CMnl
public import Failure
import Glibc

/// A socket for requests to the kernel's routing family (rtnetlink(7)), owned by one thread.
///
/// Strictly checked by the kernel (NETLINK_GET_STRICT_CHK), every request acknowledged, answers taken from the kernel
/// alone, and the kernel's own words (NETLINK_EXT_ACK) kept in the failure.
public struct RouteSocket: ~Copyable {
  var kernel: KernelSocket
  /// Cleared when the kernel says that it has no IPv6.
  var hasIPv6 = true

  /// Opens one in the network namespace of the calling thread.
  public init() throws(Failure) { kernel = try KernelSocket(Int32(NETLINK_ROUTE)) }
}
