import Failure

/// The rules of what concerns the VM's life: restarting, health, limits.
extension SpecRules {
  static func restart(_ value: ValueReader) throws(Failure) -> RestartSpec {
    let fields = try value.fields(SpecKeys.Restart.self)
    let restart = RestartSpec(
      policy: try fields[.policy]?.choice(RestartSpec.Policy.self) ?? .never,
      maxAttempts: try fields[.maxAttempts]?.integer(SpecLimits.attempts),
      backoff: try fields[.backoff]?.seconds(SpecLimits.backoff),
      maxBackoff: try fields[.maxBackoff]?.seconds(SpecLimits.backoff),
      resetAfter: try fields[.resetAfter]?.seconds(SpecLimits.resetAfter))
    if let first = restart.backoff, let longest = restart.maxBackoff, longest < first {
      throw (fields[.maxBackoff] ?? value).refusal(
        "the longest pause, \(longest) s, is shorter than the first, \(first) s", remedy: "raise it, or lower backoff")
    }
    return restart
  }

  static func health(_ value: ValueReader) throws(Failure) -> HealthSpec {
    let fields = try value.fields(SpecKeys.Health.self)
    let check = try fields.required(.check, remedy: "write check: agent, tcp, http, exec or none")
      .choice(HealthSpec.Check.self)
    func only(_ key: SpecKeys.Health, for checks: HealthSpec.Check...) throws(Failure) {
      guard let stray = fields[key], !checks.contains(check) else { return }
      throw stray.refusal(
        "the check `\(check.rawValue)` does not have it",
        remedy: "remove it, or use check: \(checks.map(\.rawValue).joined(separator: " or "))")
    }
    try only(.port, for: .tcp, .http)
    try only(.path, for: .http)
    var command: [String] = []
    if check == .exec {
      for word in try fields.required(.command, remedy: "write a list such as [/usr/bin/test, -e, /run/ready]")
        .list(limit: SpecLimits.commandWords)
      {
        command.append(try word.word(limit: SpecLimits.path))
      }
      if command.isEmpty {
        throw (fields[.command] ?? value).refusal("the command is empty", remedy: "name a program of the guest")
      }
    } else if let stray = fields[.command], try !stray.list(limit: SpecLimits.commandWords).isEmpty {
      try only(.command, for: .exec)
    }
    var port: Int?
    if check == .tcp || check == .http {
      port = try fields.required(.port, remedy: "name a port of the guest, such as port: 80").integer(1...65535)
    }
    let defaults = HealthSpec()
    return HealthSpec(
      check: check, port: port, path: try fields[.path].map(httpPath), command: command,
      interval: try fields[.interval]?.seconds(SpecLimits.backoff) ?? defaults.interval,
      timeout: try fields[.timeout]?.seconds(SpecLimits.healthTimeout) ?? defaults.timeout,
      threshold: try fields[.threshold]?.integer(SpecLimits.threshold) ?? defaults.threshold,
      grace: try fields[.grace]?.seconds(SpecLimits.grace) ?? defaults.grace)
  }

  private static func httpPath(_ value: ValueReader) throws(Failure) -> String {
    let text = try value.string(limit: SpecLimits.path)
    guard text.hasPrefix("/"), text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw value.refusal("`\(text)` is not the path of a request", remedy: "write a path such as /healthz")
    }
    return text
  }

  static func limits(_ value: ValueReader) throws(Failure) -> LimitsSpec {
    let fields = try value.fields(SpecKeys.Limits.self)
    return LimitsSpec(
      cpu: try fields[.cpu]?.thousandths(SpecLimits.cpu, example: "1.5"),
      cpuWeight: try fields[.cpuWeight]?.integer(SpecLimits.weight),
      memoryOverhead: try fields[.memoryOverhead]?
        .size(SpecLimits.memoryOverhead, operation: Size.mebi, example: "256MiB"),
      ioWeight: try fields[.ioWeight]?.integer(SpecLimits.weight),
      tasks: try fields[.tasks]?.integer(SpecLimits.tasks))
  }
}
