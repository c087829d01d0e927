extension RestartSpec {
  func validate(_ place: SpecPlace) throws(SpecProblem) {
    func at(_ key: SpecKeys.Restart) -> SpecPlace { place.key(key) }
    try at(.maxAttempts).hold(maxAttempts, Rules.attempts.broken)
    try at(.backoff).hold(backoff, Rules.backoff.broken)
    try at(.maxBackoff).hold(maxBackoff, Rules.backoff.broken)
    try at(.resetAfter).hold(resetAfter, Rules.resetAfter.broken)
    if let first = backoff, let longest = maxBackoff, longest < first {
      try at(.maxBackoff).refuse(
        "the longest pause, \(longest) s, is shorter than the first, \(first) s", remedy: "raise it, or lower backoff")
    }
  }
}

extension HealthSpec {
  func validate(_ place: SpecPlace) throws(SpecProblem) {
    func at(_ key: SpecKeys.Health) -> SpecPlace { place.key(key) }
    func only(_ key: SpecKeys.Health, _ isThere: Bool, for checks: Check...) throws(SpecProblem) {
      guard isThere, !checks.contains(check) else { return }
      try at(key).refuse(
        "the check `\(check.rawValue)` does not have it",
        remedy: "remove it, or use check: \(checks.map(\.rawValue).joined(separator: " or "))")
    }
    try only(.port, port != nil, for: .tcp, .http)
    try only(.path, path != nil, for: .http)
    try only(.command, !command.isEmpty, for: .exec)
    try at(.command).hold(Rules.commandWords.broken(command.count))
    for (index, word) in command.enumerated() {
      try at(.command).index(index).hold(Rules.commandWord.broken(word))
    }
    if check == .exec, command.isEmpty {
      try at(.command).refuse("the command is empty", remedy: "name a program of the guest")
    }
    if [.tcp, .http].contains(check), port == nil {
      try at(.port).hold(
        BrokenRule("the key is missing", remedy: "name a port of the guest, such as port: 80"), isMissing: true)
    }
    try at(.port).hold(port, Rules.port.broken)
    try at(.path).hold(path, Rules.httpPath)
    try at(.interval).hold(Rules.backoff.broken(interval))
    try at(.timeout).hold(Rules.healthTimeout.broken(timeout))
    try at(.threshold).hold(Rules.threshold.broken(threshold))
    try at(.grace).hold(Rules.grace.broken(grace))
  }
}

extension LimitsSpec {
  func validate(_ place: SpecPlace) throws(SpecProblem) {
    func at(_ key: SpecKeys.Limits) -> SpecPlace { place.key(key) }
    try at(.cpu).hold(cpu, Rules.cpu.broken)
    try at(.cpuWeight).hold(cpuWeight, Rules.weight.broken)
    try at(.memoryOverhead).hold(memoryOverhead, Rules.memoryOverhead.broken)
    try at(.ioWeight).hold(ioWeight, Rules.weight.broken)
    try at(.tasks).hold(tasks, Rules.tasks.broken)
  }
}
