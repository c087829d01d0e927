/// How something is brought about: gently first, and harder as time goes by.
public struct Ladder: Hashable, Sendable {
  /// One step, and when it is taken, counted from the command.
  public struct Rung: Hashable, Sendable {
    /// What is done. What asks the agent is left out while there is none.
    public var effects: [Effect]
    /// Time since the command.
    public var at: Duration
  }

  /// What a guest is asked, again and again. Computed, not kept: a time can be long.
  private struct Requests: Hashable, Sendable {
    var agent: Effect
    var count: Int
    var pause: Duration
    /// From when on the button is pressed too.
    var buttonFrom: Duration

    func rung(_ index: Int) -> Rung {
      let at = pause * index
      return Rung(effects: at < buttonFrom ? [agent] : [agent, .pressPowerButton], at: at)
    }
  }

  /// The rungs that leave it to the guest; nil if there are none.
  private let requests: Requests?
  /// Those that do not, after them.
  private let hard: [Rung]
  /// Index of the rung to take next.
  public private(set) var next = 0
  /// Whether the last has been taken.
  private var isAtEnd = false

  /// The rungs in order of time.
  public var rungs: some RandomAccessCollection<Rung> { (0..<gentle + hard.count).lazy.map { rung($0) } }

  /// How many of them, from the first on, leave it to the guest.
  private var gentle: Int { requests?.count ?? 0 }

  private func rung(_ index: Int) -> Rung {
    if let requests, index < requests.count { return requests.rung(index) }
    return hard[index - gentle]
  }

  /// How long a hypervisor that was told something may take; one that quits has disks to flush.
  public static let patience: Duration = .seconds(5)

  /// How soon something that wants an answer is tried again: later than any answer to the last time.
  public static let answerPatience: Duration = .seconds(15)

  /// Longest pause between two requests to a guest. One that boots, or whose agent is busy, misses the first ones; OpenStack's
  /// Nova repeats them as often (`shutdown_retry_interval`).
  public static let longestPause: Duration = .seconds(10)
  /// Shortest one, for guests that are given little time.
  static let shortestPause: Duration = .milliseconds(500)

  /// Ends the guest: agent and power button, the button alone where there is no agent, again and again; quit at the
  /// deadline, kill.
  public static func stop(timeout: Duration, agent: Bool) -> Ladder {
    let pause = pause(timeout)
    return Ladder(
      requests(.askAgent, within: timeout, buttonFrom: agent ? pause : .zero),
      then: [Rung(effects: [.quit], at: timeout), Rung(effects: [.kill], at: timeout + patience)])
  }

  /// The guest is done; only the process is left.
  public static let leave = Ladder(
    then: [Rung(effects: [.quit], at: .zero), Rung(effects: [.kill], at: patience)])

  /// At once, and again should the signal have been lost on a process that was just being made.
  public static let kill = Ladder(
    then: [Rung(effects: [.kill], at: .zero), Rung(effects: [.kill], at: .seconds(1))])

  /// Starts the guest anew: agent, from half of the time on the power button too (what switches off is switched on
  /// again), again and again; reset button at the deadline.
  public static func reboot(timeout: Duration, agent: Bool) -> Ladder {
    Ladder(
      requests(.askAgentToReboot, within: timeout, buttonFrom: agent ? timeout / 2 : .zero),
      then: [Rung(effects: [.reset], at: timeout)])
  }

  /// The reset button, until it is heard.
  public static let reset = Ladder(then: [Rung(effects: [.reset], at: .zero)])

  /// Halts the guest.
  public static let pause = Ladder(then: [Rung(effects: [.halt], at: .zero)])

  /// Lets the guest go on.
  public static let resume = Ladder(then: [Rung(effects: [.resume], at: .zero)])

  private init(_ requests: Requests? = nil, then hard: [Rung]) {
    self.requests = requests
    self.hard = hard
  }

  /// What a guest is asked within that time, at least once.
  private static func requests(_ agent: Effect, within timeout: Duration, buttonFrom: Duration) -> Requests {
    let pause = pause(timeout)
    let count = (milliseconds(timeout) + milliseconds(pause) - 1) / milliseconds(pause)
    return Requests(agent: agent, count: max(1, Int(clamping: count)), pause: pause, buttonFrom: buttonFrom)
  }

  private static func pause(_ timeout: Duration) -> Duration {
    min(max(.milliseconds(milliseconds(timeout) / 6), shortestPause), longestPause)
  }

  private static func milliseconds(_ time: Duration) -> Int64 {
    time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
  }

  /// Whether the guest is still given time.
  var isGentle: Bool { gentle > 0 && next <= gentle && !isAtEnd }

  /// Whether it only lets the guest go on.
  var isResume: Bool { requests == nil && hard == Self.resume.hard }

  /// Takes the next rung: its effects, and the timer for the one after it. The last is taken again and again.
  /// - Parameter agent: whether there is an agent to ask.
  mutating func climb(agent: Bool) -> [Effect] {
    let count = gentle + hard.count
    guard next < count else { return [] }
    let rung = rung(next)
    let isLast = next + 1 == count
    if isLast { isAtEnd = true } else { next += 1 }
    let pause = rung.effects.contains(where: \.isAnswered) ? Self.answerPatience : Self.patience
    let effects = agent ? rung.effects : rung.effects.filter { !$0.isForAgent }
    return effects + [.arm(.rung, after: isLast ? pause : self.rung(next).at - rung.at)]
  }
}
