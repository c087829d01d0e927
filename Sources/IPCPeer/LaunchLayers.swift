public import IPCFrames

/// A layer of confinement. The numbers are on the wire and never change.
public enum LaunchLayer: UInt16, CaseIterable, Sendable {
  /// No exec gains rights (PR_SET_NO_NEW_PRIVS, prctl(2)).
  case noNewPrivileges = 1
  /// No capability in any set, the bounding set included (capabilities(7)).
  case boundingSet
  /// A user namespace of its own (user_namespaces(7)).
  case userNamespace
  /// An empty network of its own (network_namespaces(7)).
  case networkNamespace
  /// A user that nobody else runs as (subuid(5)).
  case subordinateUser
  /// No file but those listed (landlock(7)).
  case landlock
  /// No system call but those listed (seccomp(2)).
  case systemCalls
  /// A profile of AppArmor (apparmor(7)).
  case appArmor

  /// What people call it.
  public var name: String {
    switch self {
    case .noNewPrivileges: "no-new-privs"
    case .boundingSet: "bounding-set"
    case .userNamespace: "user-namespace"
    case .networkNamespace: "network-namespace"
    case .subordinateUser: "subordinate-uid"
    case .landlock: "landlock"
    case .systemCalls: "seccomp"
    case .appArmor: "apparmor"
    }
  }
}

/// What became of a layer.
public struct LayerState: Message {
  /// Number of a `LaunchLayer`.
  public var layer: UInt16 = 0
  /// Whether it is on.
  public var isOn = false
  /// Which form of it is on, such as `ABI 7`; else why it is not.
  public var detail = ""

  public init() {}

  /// Makes one.
  public init(_ layer: LaunchLayer, on: Bool, _ detail: String = "") {
    self.layer = layer.rawValue
    isOn = on
    self.detail = detail
  }

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.integer(&layer)
    try coder.flag(&isOn)
    try coder.text(&detail, max: 256)
  }
}

/// vmlaunch's last words: everything is on that could be, and the program is executed next.
public struct LaunchReport: Message {
  /// One for each layer that was tried, in that order.
  public var layers: [LayerState] = []

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.list(&layers, max: 64) { coder, layer throws(WireError) in try layer.fields(&coder) }
  }
}

/// The compiled list of permitted system calls, sent right after the plan; there is no reply to it.
public struct LaunchGate: Request {
  public typealias Reply = Empty
  public static let verb: UInt16 = 2
  /// Most instructions: what a packet takes.
  public static let maxInstructions = 2000

  /// Instructions of classic BPF, 8 bytes each; none: no list.
  public var instructions: [UInt64] = []

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.list(&instructions, max: Self.maxInstructions) { coder, instruction throws(WireError) in
      try coder.integer(&instruction)
    }
  }
}

/// Asked by vmlaunch, in a user namespace that has no users yet: only a process outside can give it others than its own
/// (newuidmap(1)). A refusal says why that could not be done; it then keeps its own.
public struct LaunchIdentity: Request {
  public typealias Reply = Empty
  public static let verb: UInt16 = 3

  public init() {}

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {}
}
