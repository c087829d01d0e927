public import IPCFrames

/// What the supervisor tells vmlaunch to become. The plan's descriptors come with the same packet.
///
/// The compiled list of system calls follows in a packet of its own (`LaunchGate`). Then vmlaunch may ask to be given its
/// user (`LaunchIdentity`). Its reply says which layers are on, and brings the descriptor that hears of forbidden system
/// calls; when the hypervisor has been executed the socket closes by itself (close-on-exec). A refusal instead names the
/// step that failed.
public struct LaunchPlan: Request {
  public typealias Reply = LaunchReport
  /// The only verb of this protocol.
  public static let verb: UInt16 = 1
  /// Where vmlaunch finds its socket.
  public static let socketNumber: Int32 = 3
  /// Most words of a command line.
  public static let maxWords = 512
  /// Most descriptors: what one packet carries (`Packets.maxDescriptors`).
  public static let maxDescriptors = 64

  /// Program to execute, absolute, then its words; `arguments[0]` is what the program sees as its name.
  public var program = ""
  /// The words of the command line, the name first.
  public var arguments: [String] = []
  /// The whole environment, `NAME=value`.
  public var environment: [String] = []
  /// At which number the program finds the descriptor of the same index; all others are closed.
  public var targets: [UInt16] = []
  /// Soft and hard RLIMIT_NOFILE.
  public var openFiles: UInt64 = 0
  /// Soft and hard RLIMIT_CORE in bytes.
  public var coreSize: UInt64 = 0
  /// Soft and hard RLIMIT_MEMLOCK in bytes; io_uring needs some.
  public var lockedMemory: UInt64 = 0
  /// Files that may be executed, and read: the program and its loader.
  public var executable: [String] = []
  /// Files that may be read, and folders of which every file may be.
  public var readable: [String] = []
  /// Device nodes that may be opened by their path, and used in every way.
  public var devices: [String] = []
  /// Targets that the program opens once more as they are open, by `/proc/self/fd/NUMBER`.
  public var reopened: [UInt16] = []
  /// AppArmor profile that the program runs under; empty for none.
  public var profile = ""
  /// User and group in the own user namespace that are not the supervisor's; 0 keeps those.
  public var identity: UInt32 = 0
  /// Layers without which nothing is executed.
  public var required: [UInt16] = []

  public init() {}

  /// Most paths of a list.
  public static let maxPaths = 256

  public mutating func fields<C: Coder & ~Copyable>(_ coder: inout C) throws(WireError) {
    try coder.text(&program, max: 1024)
    try coder.list(&arguments, max: Self.maxWords) { coder, word throws(WireError) in try coder.text(&word, max: 4096) }
    try coder.list(&environment, max: 64) { coder, word throws(WireError) in try coder.text(&word, max: 1024) }
    try coder.list(&targets, max: Self.maxDescriptors) { coder, target throws(WireError) in
      try coder.integer(&target)
    }
    try coder.integer(&openFiles)
    try coder.integer(&coreSize)
    try coder.integer(&lockedMemory)
    try coder.list(&executable, max: 16) { coder, path throws(WireError) in try coder.text(&path, max: 1024) }
    try coder.list(&readable, max: Self.maxPaths) { coder, path throws(WireError) in try coder.text(&path, max: 1024) }
    try coder.list(&devices, max: 16) { coder, path throws(WireError) in try coder.text(&path, max: 1024) }
    try coder.list(&reopened, max: Self.maxDescriptors) { coder, target throws(WireError) in
      try coder.integer(&target)
    }
    try coder.text(&profile, max: 256)
    try coder.integer(&identity)
    try coder.list(&required, max: 64) { coder, layer throws(WireError) in try coder.integer(&layer) }
  }
}
