import CMnl

/// A chain of nftables that packets enter by themselves, at a hook of the kernel.
public struct BaseChain: Hashable, Sendable {
  /// Family of its table.
  public let family: Family
  /// Name of its table.
  public let table: String
  /// Its name.
  public let name: String
  /// Number of its hook, NF_INET_* or what the family has instead.
  public let hook: UInt32
  /// Its place among the chains of the hook: lower ones come first.
  public let priority: Int32
  /// Its type: `filter`, `nat` or `route`.
  public let type: String
  /// Whether packets that pass it without a verdict are dropped (policy drop).
  public let isDropping: Bool

  /// A family of tables; the raw value is NFPROTO_* (linux/netfilter.h).
  public enum Family: UInt8, Sendable {
    // The names are those of nft(8).
    case inet = 1
    case ip = 2
    case arp = 3
    case netdev = 5
    case bridge = 7
    case ip6 = 10
  }

  /// The hook of packets that are routed (NF_INET_FORWARD) or, in the bridge family, bridged (NF_BR_FORWARD).
  public static let forward: UInt32 = 2

  /// Reads NFT_MSG_NEWCHAIN; nil for a chain without a hook.
  init?(_ message: MessageReader) {
    guard let header = message.body(nfgenmsg.self), let family = Family(rawValue: header.nfgen_family) else {
      return nil
    }
    var (table, name, type) = ("", "", "")
    var hook: UInt32?
    var priority: Int32 = 0
    var policy: UInt32 = 1
    for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) {
      switch attribute.type {
      case Int(NFTA_CHAIN_TABLE.rawValue): table = attribute.text
      case Int(NFTA_CHAIN_NAME.rawValue): name = attribute.text
      case Int(NFTA_CHAIN_TYPE.rawValue): type = attribute.text
      case Int(NFTA_CHAIN_POLICY.rawValue): policy = attribute.bigEndianNumber
      case Int(NFTA_CHAIN_HOOK.rawValue):
        for part in attribute.nested {
          switch part.type {
          case Int(NFTA_HOOK_HOOKNUM.rawValue): hook = part.bigEndianNumber
          case Int(NFTA_HOOK_PRIORITY.rawValue): priority = Int32(bitPattern: part.bigEndianNumber)
          default: break
          }
        }
      default: break
      }
    }
    guard let hook else { return nil }
    self.family = family
    self.table = table
    self.name = name
    self.hook = hook
    self.priority = priority
    self.type = type
    isDropping = policy == 0  // NF_DROP, linux/netfilter.h
  }
}
