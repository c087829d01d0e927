import Life

/// What the life cycle wants done.
extension VirtualMachine {
  func perform(_ effect: Effect) {
    switch effect {
    case .launch: parts.start.begin()
    case .askAgent: parts.power.askAgent()
    case .askAgentToReboot: parts.power.askAgentToReboot()
    case .pressPowerButton: parts.power.pressButton()
    case .reset: parts.power.command { try await $0.reset() }
    case .halt: parts.power.command { try await $0.halt() }
    case .resume: parts.power.command { try await $0.resume() }
    case .wake: parts.power.wakeGuest()
    case .setClock: parts.power.setClock()
    case .quit: parts.power.quit()
    case .kill: if let run { run.process.kill() } else { parts.start.end() }
    case .cleanUp:
      parts.process.cleanUp()
      parts.ports.giveBack(after: parts.limits.removal)
    case .arm(let kind, let delay): timers.arm(kind, after: delay) { [weak self] in await self?.observe($0) }
    case .disarm(let kind): timers.disarm(kind)
    }
  }
}
