import Failure
import IPC
import IPCNames
import Linux
import NetworkPlan

/// Which domains the lists of users have, as supervisors have said it. A value: no I/O, no clock.
struct ToldLists: Sendable {
  /// Most lists that are remembered of one user: what netd gives all of them.
  static let most = 256

  /// A list, as its user calls it.
  struct Key: Hashable, Sendable {
    let uid: UInt32
    let number: UInt32
  }

  private struct Domains: Sendable {
    /// Sorted, each once.
    let domains: [String]
    /// Counts what was said, so that the oldest is known.
    let order: UInt64
  }

  /// For how long, in milliseconds, is remembered what has neither client nor port.
  let linger: Int64
  private var lists: [Key: Said<Domains>] = [:]
  /// Those that a port had when netd was heard last.
  private var live: Set<Key> = []
  private var order: UInt64 = 0

  init(linger: Int64) { self.linger = linger }

  /// What a list has; nil if nobody has said it.
  func domains(_ key: Key) -> [String]? { lists[key]?.value.domains }

  /// When something is to be forgotten; nil if nothing is.
  var forgetAt: Int64? { lists.values.compactMap(\.idleSince).min().map { $0 + linger } }

  /// Takes which domains a list of a user has.
  /// - Returns: whether that is something new.
  /// - Throws: `.invalid` for what is no list, `.exists` for other domains than a port's list has, `.exhausted` over the bound;
  ///   what was said before holds then.
  mutating func take(_ request: TellDomains, uid: UInt32, by client: Int) throws(Failure) -> Bool {
    let key = Key(uid: uid, number: request.list)
    let object = "domain list \(Hex.text(request.list))"
    guard request.list != 0 else {
      throw Failure(
        .invalid, operation: "serve domains", object: object, cause: "0 stands for no list",
        remedy: "choose another number")
    }
    let before = domains(key)
    guard !request.domains.isEmpty else {
      lists[key] = nil
      return before != nil
    }
    let sorted = try Self.checked(request, object)
    // Numbers are hashes: two lists that meet in one would get each other's domains.
    if let before, before != sorted, live.contains(key) {
      throw Failure(
        .exists, operation: "serve domains", object: object,
        cause: "ports of user \(uid) have a list of that number with other domains",
        remedy: "allow one domain more or less, so that the list gets another number")
    }
    if before == nil { try makeRoom(uid, object) }
    order += 1
    lists[key] = Said(Domains(domains: sorted, order: order), by: client)
    return before != sorted
  }

  private static func checked(_ request: TellDomains, _ object: String) throws(Failure) -> [String] {
    let bytes = request.domains.reduce(0) { $0 + $1.utf8.count }
    guard bytes <= NamesLimits.domainBytes else {
      throw Failure(
        .invalid, operation: "serve domains", object: object,
        cause: "its domains have \(bytes) bytes together, \(NamesLimits.domainBytes) is the most",
        remedy: "allow a parent domain instead")
    }
    var domains: Set<String> = []
    for text in request.domains {
      guard let domain = DomainName.canonical(text) else {
        throw Failure(
          .invalid, operation: "serve domains", object: "domain \"\(text)\"", cause: "it is no domain name",
          remedy: "write example.com, which stands for everything below it too")
      }
      domains.insert(domain)
    }
    return domains.sorted()
  }

  /// At the bound goes what was said first of what no port has: a client that lives long describes one list after the other,
  /// and takes none back.
  private mutating func makeRoom(_ uid: UInt32, _ object: String) throws(Failure) {
    let own = lists.filter { $0.key.uid == uid }
    guard own.count >= Self.most else { return }
    let idle = own.filter { !live.contains($0.key) }
    guard let oldest = idle.min(by: { $0.value.value.order < $1.value.value.order }) else {
      throw Failure(
        .exhausted, operation: "serve domains", object: object,
        cause: "user \(uid) has \(Self.most) lists with ports already", remedy: "let VMs share a list")
    }
    lists[oldest.key] = nil
  }

  /// A connection has ended. What it said holds as long as netd knows a port of it.
  mutating func leave(_ client: Int) {
    for (key, said) in lists where said.by == client { lists[key]?.by = nil }
  }

  /// Takes which lists ports have, and forgets what is over.
  /// - Parameter isNew: whether netd was started a moment ago, so that it may not know of all ports yet.
  mutating func prune(_ numbers: Set<Key>, isNew: Bool, now: Int64) {
    live = isNew ? live.union(numbers) : numbers
    for (key, said) in lists {
      lists[key] = said.kept(isLive: isNew || numbers.contains(key), linger: linger, now: now)
    }
  }
}
