public import IPC
public import IPCFrames

/// Verbs of netdns. The raw value is the number on the wire; packets are those of `IPCFrames`.
public enum NamesVerb: UInt16, CaseIterable, Sendable {
  /// Agree on a version; always the first frame.
  case greet = 1
  /// Say what a VM is called.
  case name
  /// Say which domains a list has.
  case domains
}

/// Versions of netdns's protocol.
public enum NamesVersion {
  /// Oldest and newest that this code speaks.
  public static let oldest: UInt16 = 1
  public static let newest: UInt16 = 1
}

/// Limits of what netdns is told.
public enum NamesLimits {
  /// Longest name of a VM, bytes: one DNS label (RFC 1035, section 2.3.4).
  public static let name = 63
  /// Most VMs that one user may name: four times as many as netd gives ports to one user.
  public static let names = 4096
  /// Longest domain, bytes (RFC 1035, section 2.3.4).
  public static let domain = 253
  /// Most domains of a list.
  public static let domains = 64
  /// Most bytes of all domains of a list together, so that they fit a frame.
  public static let domainBytes = 8192
}

/// First frame: which versions the client speaks.
public struct Greet: Request {
  public static let verb = NamesVerb.greet.rawValue
  /// Oldest version the client speaks.
  public var oldest = NamesVersion.oldest
  /// Newest version the client speaks.
  public var newest = NamesVersion.newest
  /// Who it is, for logs.
  public var client = ""

  public init() {}

  /// Makes one.
  public init(client: String) {
    self.client = client
  }

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&oldest)
    try coder.integer(&newest)
    try coder.text(&client, max: 64)
  }

  /// Answer to `greet`.
  public struct Reply: Message {
    /// The version both speak from here on.
    public var version: UInt16 = 0
    /// Program version of netdns.
    public var server = ""

    public init() {}

    public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
      try coder.integer(&version)
      try coder.text(&server, max: 64)
    }
  }
}

/// What a VM of the caller's is called. It counts while netd says that the caller has the VM's first network card; refused
/// if a VM of another user is called so in that network.
public struct TellName: Request {
  public typealias Reply = Empty
  public static let verb = NamesVerb.name.rawValue
  /// The VM.
  public var vm = VMIdentity()
  /// Network of its first network card.
  public var network = ""
  /// One DNS label in small letters; empty takes back what was said before.
  public var name = ""

  public init() {}

  /// Makes one.
  public init(vm: VMIdentity, network: String, name: String) {
    self.vm = vm
    self.network = network
    self.name = name
  }

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try vm.fields(&coder)
    try coder.text(&network, max: NetdLimits.networkName)
    try coder.text(&name, max: NamesLimits.name)
  }
}

/// Which domains a list of the caller's has. It counts for ports of the caller's that have a list of that number.
public struct TellDomains: Request {
  public typealias Reply = Empty
  public static let verb = NamesVerb.domains.rawValue
  /// The list's number, as in `Policy.list`; not 0.
  public var list: UInt32 = 0
  /// Its domains, each with everything below it; none takes back what was said before.
  public var domains: [String] = []

  public init() {}

  /// Makes one.
  public init(list: UInt32, domains: [String]) {
    self.list = list
    self.domains = domains
  }

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&list)
    try coder.list(&domains, max: NamesLimits.domains) { coder, domain throws(WireError) in
      try coder.text(&domain, max: NamesLimits.domain)
    }
  }
}
