public import IPC

/// What the supervisor tells vmlaunch to become. The plan's descriptors come with the same packet.
///
/// There is no reply: when the hypervisor has been executed the socket closes by itself (close-on-exec), and a refusal
/// before that names the step that failed.
public struct LaunchPlan: Request {
  public typealias Reply = Empty
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

  public init() {}

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
  }
}
