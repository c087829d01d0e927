/// How a running guest is ended: gently first, and harder as time goes by.
public struct StopLadder: Hashable, Sendable {
  /// One step, and when it is taken, counted from the command.
  public struct Rung: Hashable, Sendable {
    /// What is done.
    public var effect: Effect
    /// Time since the command.
    public var at: Duration
  }

  /// The rungs in order of time.
  public let rungs: [Rung]
  /// Index of the rung to take next.
  public private(set) var next = 0

  /// How long a hypervisor that was told to quit may take to end; it has disks to flush.
  public static let quitGrace: Duration = .seconds(5)

  /// Agent, power button (again after a third of the time: a booting guest misses the first), quit at the deadline, kill.
  public static func gentle(timeout: Duration, agent: Bool) -> StopLadder {
    var rungs: [Rung] = []
    if agent { rungs.append(Rung(effect: .askAgent, at: .zero)) }
    rungs.append(Rung(effect: .pressPowerButton, at: agent ? timeout / 6 : .zero))
    rungs.append(Rung(effect: .pressPowerButton, at: timeout / 3))
    rungs.append(Rung(effect: .quit, at: timeout))
    rungs.append(Rung(effect: .kill, at: timeout + quitGrace))
    return StopLadder(rungs: rungs)
  }

  /// The guest is done; only the process is left.
  public static let leave = StopLadder(rungs: [
    Rung(effect: .quit, at: .zero), Rung(effect: .kill, at: quitGrace),
  ])

  /// At once, and again should the signal have been lost on a process that was just being made.
  public static let kill = StopLadder(rungs: [
    Rung(effect: .kill, at: .zero), Rung(effect: .kill, at: .seconds(1)),
  ])

  init(rungs: [Rung]) { self.rungs = rungs }

  /// Whether the guest is still given time.
  var isGentle: Bool { rungs.contains { $0.effect == .pressPowerButton } }

  /// Takes the next rung: its effect, and the timer for the one after it.
  mutating func climb() -> [Effect] {
    guard next < rungs.count else { return [] }
    let rung = rungs[next]
    next += 1
    guard next < rungs.count else {
      // The last rung is taken again and again until the process is gone.
      next = rungs.count - 1
      return [rung.effect, .arm(.rung, after: Self.quitGrace)]
    }
    return [rung.effect, .arm(.rung, after: rungs[next].at - rung.at)]
  }
}
