import CNftables
import Failure
import Glibc

/// The kernel's packet filter, by libnftables: commands in, listings out. Blocks for as long as the kernel works.
final class Nftables {
  private var context: OpaquePointer
  /// NFT_CTX_OUTPUT_NUMERIC_ALL and NFT_CTX_OUTPUT_TERSE (nftables/libnftables.h): numbers instead of names of this host,
  /// and no elements.
  private static let numeric: UInt32 = 0b111_1000_0000
  private static let terse: UInt32 = 1 << 11

  /// - Throws: `.unsupported` if the kernel has none.
  init() throws(Failure) {
    // The library ends the process where it gets no socket. 12: NETLINK_NETFILTER (linux/netlink.h).
    let probe = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 12)
    guard probe >= 0 else { throw Self.unsupported(String(cString: strerror(errno))) }
    close(probe)
    context = try Self.open()
    do { _ = try run("list tables", operation: "read the packet filter") } catch { throw Self.unsupported(error.cause) }
  }

  deinit { nft_ctx_free(context) }

  private static func open() throws(Failure) -> OpaquePointer {
    guard let context = nft_ctx_new(0) else { throw unsupported("libnftables does not start") }
    nft_ctx_buffer_output(context)
    nft_ctx_buffer_error(context)
    nft_ctx_output_set_flags(context, numeric)
    return context
  }

  /// Runs commands, all or none.
  /// - Returns: What they list.
  /// - Throws: nftables' own words; `.notFound` if something named is not there.
  func run(_ commands: String, operation: String, object: String = "") throws(Failure) -> String {
    let status = nft_run_cmd_from_buffer(context, commands)
    // Taking what is in the buffers empties them.
    let error = String(cString: nft_ctx_get_error_buffer(context))
    let output = String(cString: nft_ctx_get_output_buffer(context))
    guard status != 0 else { return output }
    let words = error.split(separator: "\n").first.map(String.init) ?? "no reason is given"
    throw Failure(
      words.hasSuffix("No such file or directory") ? .notFound : .system, operation: operation, object: object,
      cause: "nftables says: \(words)")
  }

  /// Lists a table without the elements of its sets.
  func structure(_ table: String, operation: String) throws(Failure) -> String {
    nft_ctx_output_set_flags(context, Self.numeric | Self.terse)
    defer { nft_ctx_output_set_flags(context, Self.numeric) }
    return try run("list table \(table)", operation: operation)
  }

  /// Gives memory that the last commands took back to the system: the library keeps what it has read from the kernel,
  /// several megabytes with a thousand ports, as long as its context lives.
  func trim() throws(Failure) {
    let fresh = try Self.open()
    nft_ctx_free(context)
    context = fresh
    malloc_trim(0)
  }

  private static func unsupported(_ words: String) -> Failure {
    Failure(
      .unsupported, operation: "start the guard", cause: "the kernel has no packet filter for netd: \(words)",
      remedy: "load the module nf_tables; the kernel needs CONFIG_NF_TABLES, _INET and _BRIDGE")
  }
}
