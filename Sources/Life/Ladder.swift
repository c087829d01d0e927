/// How something is brought about: gently first, and harder as time goes by.
public struct Ladder: Hashable, Sendable {
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
  /// Whether the last has been taken.
  private var isAtEnd = false

  /// How long a hypervisor that was told something may take; one that quits has disks to flush.
  public static let patience: Duration = .seconds(5)

  /// How soon something that wants an answer is tried again: later than any answer to the last time.
  public static let answerPatience: Duration = .seconds(15)

  /// Ends the guest: agent, power button (again after a third of the time: a booting guest misses the first), quit at
  /// the deadline, kill.
  public static func stop(timeout: Duration, agent: Bool) -> Ladder {
    var rungs: [Rung] = []
    if agent { rungs.append(Rung(effect: .askAgent, at: .zero)) }
    rungs.append(Rung(effect: .pressPowerButton, at: agent ? timeout / 6 : .zero))
    rungs.append(Rung(effect: .pressPowerButton, at: timeout / 3))
    rungs.append(Rung(effect: .quit, at: timeout))
    rungs.append(Rung(effect: .kill, at: timeout + patience))
    return Ladder(rungs: rungs)
  }

  /// The guest is done; only the process is left.
  public static let leave = Ladder(rungs: [Rung(effect: .quit, at: .zero), Rung(effect: .kill, at: patience)])

  /// At once, and again should the signal have been lost on a process that was just being made.
  public static let kill = Ladder(rungs: [Rung(effect: .kill, at: .zero), Rung(effect: .kill, at: .seconds(1))])

  /// Starts the guest anew: agent, power button (what switches off is switched on again), reset button at the deadline.
  public static func reboot(timeout: Duration, agent: Bool) -> Ladder {
    var rungs: [Rung] = []
    if agent { rungs.append(Rung(effect: .askAgentToReboot, at: .zero)) }
    rungs.append(Rung(effect: .pressPowerButton, at: agent ? timeout / 2 : .zero))
    if !agent { rungs.append(Rung(effect: .pressPowerButton, at: timeout / 3)) }
    rungs.append(Rung(effect: .reset, at: timeout))
    return Ladder(rungs: rungs)
  }

  /// The reset button, until it is heard.
  public static let reset = Ladder(rungs: [Rung(effect: .reset, at: .zero)])

  /// Halts the guest.
  public static let pause = Ladder(rungs: [Rung(effect: .halt, at: .zero)])

  /// Lets the guest go on.
  public static let resume = Ladder(rungs: [Rung(effect: .resume, at: .zero)])

  init(rungs: [Rung]) { self.rungs = rungs }

  /// Whether the guest is still given time.
  var isGentle: Bool { !isAtEnd && rungs.contains { $0.effect == .pressPowerButton } }

  /// Whether it only lets the guest go on.
  var isResume: Bool { rungs == Self.resume.rungs }

  /// Takes the next rung: its effect, and the timer for the one after it. The last is taken again and again.
  mutating func climb() -> [Effect] {
    guard next < rungs.count else { return [] }
    let rung = rungs[next]
    let isLast = next + 1 == rungs.count
    if isLast { isAtEnd = true } else { next += 1 }
    let pause = rung.effect.isAnswered ? Self.answerPatience : Self.patience
    return [rung.effect, .arm(.rung, after: isLast ? pause : rungs[next].at - rung.at)]
  }
}
