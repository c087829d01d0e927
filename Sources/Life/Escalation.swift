/// How something is brought about: gently first, and harder as time goes by.
public struct Escalation: Hashable, Sendable {
  /// One step, and when it is taken, counted from the command.
  public struct Step: Hashable, Sendable {
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

    func step(_ index: Int) -> Step {
      let at = pause * index
      return Step(effects: at < buttonFrom ? [agent] : [agent, .pressPowerButton], at: at)
    }
  }

  /// The steps that leave it to the guest; nil if there are none.
  private let requests: Requests?
  /// Those that do not, after them.
  private let hard: [Step]
  /// Index of the step to take next.
  public private(set) var next = 0
  /// Whether the last has been taken.
  private var isAtEnd = false

  /// The steps in order of time.
  public var steps: some RandomAccessCollection<Step> { (0..<gentle + hard.count).lazy.map { step($0) } }

  /// How many of them, from the first on, leave it to the guest.
  private var gentle: Int { requests?.count ?? 0 }

  private func step(_ index: Int) -> Step {
    if let requests, index < requests.count { return requests.step(index) }
    return hard[index - gentle]
  }

  /// How long a hypervisor that was told something may take; one that quits has disks to flush.
  public static let interval: Duration = .seconds(5)

  /// How soon something that wants an answer is tried again: later than any answer to the last time.
  public static let answerTimeout: Duration = .seconds(15)

  /// Longest pause between two requests to a guest. One that boots, or whose agent is busy, misses the first ones; OpenStack's
  /// Nova repeats them as often (`shutdown_retry_interval`).
  public static let longestPause: Duration = .seconds(10)
  /// Shortest one, for guests that are given little time.
  static let shortestPause: Duration = .milliseconds(500)

  /// Ends the guest: agent and power button, the button alone where there is no agent, again and again; quit at the
  /// deadline, kill.
  public static func stop(timeout: Duration, agent: Bool) -> Escalation {
    let pause = pause(timeout)
    return Escalation(
      requests(.askAgent, within: timeout, buttonFrom: agent ? pause : .zero),
      then: [Step(effects: [.quit], at: timeout), Step(effects: [.kill], at: timeout + interval)])
  }

  /// The same questions, and nothing at the deadline.
  public static func shutdown(timeout: Duration, agent: Bool) -> Escalation {
    let pause = pause(timeout)
    return Escalation(
      requests(.askAgent, within: timeout, buttonFrom: agent ? pause : .zero), then: [Step(effects: [], at: timeout)])
  }

  /// The guest is done; only the process is left.
  public static let leave = Escalation(
    then: [Step(effects: [.quit], at: .zero), Step(effects: [.kill], at: interval)])

  /// At once, and again should the signal have been lost on a process that was just being made.
  public static let kill = Escalation(
    then: [Step(effects: [.kill], at: .zero), Step(effects: [.kill], at: .seconds(1))])

  /// Starts the guest again: agent, from half of the time on the power button too (what switches off is switched on
  /// again), again and again; reset button at the deadline.
  public static func reboot(timeout: Duration, agent: Bool) -> Escalation {
    Escalation(
      requests(.askAgentToReboot, within: timeout, buttonFrom: agent ? timeout / 2 : .zero),
      then: [Step(effects: [.reset], at: timeout)])
  }

  /// The reset button, until it is heard.
  public static let reset = Escalation(then: [Step(effects: [.reset], at: .zero)])

  /// Halts the guest.
  public static let pause = Escalation(then: [Step(effects: [.halt], at: .zero)])

  /// Lets the guest go on.
  public static let resume = Escalation(then: [Step(effects: [.resume], at: .zero)])

  private init(_ requests: Requests? = nil, then hard: [Step]) {
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

  /// Takes the next step: its effects, and the timer for the one after it. The last is taken again and again.
  /// - Parameter agent: whether there is an agent to ask.
  mutating func climb(agent: Bool) -> [Effect] {
    let count = gentle + hard.count
    guard next < count else { return [] }
    let step = step(next)
    let isLast = next + 1 == count
    if isLast { isAtEnd = true } else { next += 1 }
    let pause = step.effects.contains(where: \.isAnswered) ? Self.answerTimeout : Self.interval
    let effects = agent ? step.effects : step.effects.filter { !$0.isForAgent }
    return effects + [.arm(.step, after: isLast ? pause : self.step(next).at - step.at)]
  }
}
