/// How often a guest starts again without being asked. No clock: instants come in as values.
public struct ResetWatch: Hashable, Sendable {
  /// What is worth telling.
  public enum Finding: Hashable, Sendable {
    /// It has started again.
    case once
    /// It does so again and again: that often within the window.
    case again(Int)
    /// It has not done so for a whole window.
    case calm
  }

  /// Seconds in which resets belong together.
  public static let window = 600.0
  /// So many of them in a window are a loop: kernels that panic and reboot, or boot loaders that do, come to it in minutes.
  public static let threshold = 5
  /// Seconds in which a machine's resets are one: QEMU can tell several of them for one.
  static let together = 0.2
  /// Instants that are kept; more than that within the window are said to be that many.
  private static let most = 100

  /// Resets that nobody asked for, in all.
  public private(set) var total: UInt64 = 0
  /// Whether it goes on.
  public private(set) var isLooping = false
  private var recent: [Double] = []
  private var last = -Double.infinity
  /// Resets in this loop at which it is told next.
  private var next = ResetWatch.threshold
  private var inLoop = 0

  /// Nothing has happened yet.
  public init() {}

  /// Those of the window before `now`.
  public func count(at now: Double) -> Int { recent.count { now - $0 < Self.window } }

  /// The machine was reset.
  /// - Parameters:
  ///   - isAsked: whether somebody outside wanted it.
  ///   - now: seconds of a clock that only goes forward.
  /// - Returns: what is to be told. A loop is told when it begins, and then each time that it has become twice as long.
  public mutating func reset(isAsked: Bool, at now: Double) -> Finding? {
    defer { last = now }
    guard now - last >= Self.together, !isAsked else { return nil }
    total += 1
    recent = recent.filter { now - $0 < Self.window }.suffix(Self.most - 1) + [now]
    guard recent.count >= Self.threshold else { return isLooping ? nil : .once }
    if !isLooping { (isLooping, inLoop, next) = (true, recent.count - 1, recent.count) }
    inLoop += 1
    guard inLoop >= next else { return nil }
    next = inLoop * 2
    return .again(recent.count)
  }

  /// Time has passed.
  public mutating func look(at now: Double) -> Finding? {
    guard isLooping, now - last >= Self.window else { return nil }
    isLooping = false
    recent = []
    return .calm
  }
}
