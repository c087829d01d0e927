import Failure
import FoundationEssentials
import Hypervisor
import Linux
import Text

/// Thawing: by whoever froze, at its time, and before a guest goes down.
extension GuestFreezer {
  static let thawing = "thaw file systems"

  /// - Parameters:
  ///   - token: of the freeze; nil for whoever may thaw any.
  ///   - mounts: empty, or all that were frozen: the agent thaws all at once.
  ///   - scripts: whether the guest's scripts for after a thaw are run.
  nonisolated(nonsending) func thaw(
    _ token: String?, _ mounts: [String], scripts: Bool
  ) async throws(Failure) -> ThawedGuest {
    if let token, token.isEmpty {
      throw Failure(
        .invalid, part: .agent, operation: Self.thawing, object: "quiesce_token", cause: "it is empty",
        remedy: "say the token that QuiesceFilesystems has answered")
    }
    var thawed: ThawedGuest?
    try await turns.alone { () throws(Failure) in
      let freeze = try self.check(token, mounts)
      thawed = try await self.thawAlone(freeze, scripts: scripts, "file systems thawed", by: .current)
    }
    guard let thawed else { throw state.notRunning(Self.thawing) }
    return thawed
  }

  private func check(_ token: String?, _ mounts: [String]) throws(Failure) -> SavedFreeze {
    guard let freeze = present else {
      throw Failure(
        .state, part: .agent, operation: Self.thawing, object: name,
        cause: "no file systems of it are frozen by this supervisor, or they were thawed at their time",
        remedy: "see vmsupervisor events \(name)")
    }
    if let token, token != freeze.token {
      throw Failure(
        .state, part: .agent, operation: Self.thawing, object: "quiesce_token",
        cause: "it is not that of the present freeze, which ends at \(Self.time(freeze.deadline))",
        remedy: "say the token of that one, or wait until then")
    }
    guard mounts.isEmpty || Set(mounts) == Set(freeze.mounts) else {
      throw Failure(
        .state, part: .agent, operation: Self.thawing, object: "mount_points",
        cause: "qemu-guest-agent thaws all file systems at once, and \(freeze.mounts.count) are frozen",
        remedy: "name none, or all of them")
    }
    return freeze
  }

  /// Thaws what the record says, in its turn.
  nonisolated(nonsending) private func thawAlone(
    _ freeze: SavedFreeze, scripts: Bool, _ what: String, by author: Author
  ) async throws(Failure) -> ThawedGuest {
    let agent = try listening(Self.thawing, isLast: true)
    let count = try await agent.thaw()
    let length = freeze.length(at: .now)
    let wasHeld = count >= freeze.least
    let words =
      "\(what) after \(Quantity.duration(length))" + (wasHeld ? "" : ", some were thawed before by the guest itself")
    await forget(freeze, words + author.phrase)
    reporter.tell(words, kind: .access, by: author)
    await disarm(freeze, agent)
    var failure: Failure?
    if scripts { failure = await Self.wake(agent) }
    return ThawedGuest(mounts: freeze.mounts, length: length, wasHeld: wasHeld, scriptFailure: failure)
  }

  /// Nothing is frozen any more.
  nonisolated(nonsending) func forget(_ freeze: SavedFreeze, _ what: String) async {
    timer?.cancel()
    timer = nil
    state.run?.warnings.clear(Self.warning)
    await keeper.keep { record in
      guard record.freeze?.token == freeze.token else { return }
      record.freeze = nil
      record.tell(HistoryEntry(time: Date(), what: what))
    }
    reporter.announce()
  }

  /// The guest has begun again: what was frozen is not.
  nonisolated(nonsending) func guestWasReset() async {
    guard let freeze = present else { return }
    await forget(freeze, "file systems not frozen any more: the guest has started again")
  }

  /// Thaws before the guest is asked for something that it could not do; whoever has frozen learns it from his thaw.
  nonisolated(nonsending) func release(_ why: String) async {
    guard present != nil else { return }
    do throws(Failure) {
      try await turns.alone { () throws(Failure) in
        guard let freeze = self.present else { return }
        _ = try await self.thawAlone(freeze, scripts: false, "file systems thawed because \(why)", by: .supervisor)
      }
    } catch {
      reporter.log(.warning, "\(error)")
    }
  }

  /// Sees to it that what the record says happens at its time. Called after a freeze and whenever an agent is heard of.
  /// - Parameter atOnce: without waiting for its time.
  func tend(atOnce: Bool = false, isolation: isolated (any Actor)? = #isolation) {
    timer?.cancel()
    timer = nil
    guard let freeze = present else { return }
    warn(freeze)
    let wait = atOnce ? .zero : freeze.left(at: .now)
    let here = OnActor(self, of: isolation)
    timer = Task {
      var pause = wait
      while !Task.isCancelled {
        do { try await Task.sleep(for: pause) } catch { return }
        // A task of its own: a thaw that has begun is not cancelled by its own success.
        let isDone = await Task { await here.run { await $0.timeIsUp(freeze) } ?? true }.value
        if isDone { return }
        pause = min(max(pause * 2, .seconds(1)), .seconds(10))
      }
    }
  }

  /// - Returns: whether nothing is left to do.
  nonisolated(nonsending) private func timeIsUp(_ freeze: SavedFreeze) async -> Bool {
    do throws(Failure) {
      try await turns.alone { () throws(Failure) in
        guard self.present?.token == freeze.token else { return }
        _ = try await self.thawAlone(
          freeze, scripts: freeze.hasScripts, "file systems thawed because their time is up", by: .supervisor)
      }
      return true
    } catch {
      reporter.log(.warning, "\(error)")
      return present?.token != freeze.token
    }
  }

  /// The guest's own timer has nothing to do any more. One that stays finds nothing frozen, or ends a later freeze early,
  /// which that one's thaw says.
  nonisolated(nonsending) func disarm(_ freeze: SavedFreeze, _ agent: GuestAgent) async {
    guard let pid = freeze.timer, freeze.left(at: .now) > .zero else { return }
    // Whoever called may have left; this is done all the same.
    let work = Task { () -> Failure? in
      do throws(Failure) {
        try await agent.disarmThaw(pid)
        return nil
      } catch {
        return error
      }
    }
    if let failure = await work.value { reporter.log(.warning, "\(failure)") }
  }

  /// What the scripts before a freeze have halted goes on.
  func wakeInBackground(_ agent: GuestAgent, isolation: isolated (any Actor)? = #isolation) {
    let here = OnActor(self, of: isolation)
    Task { await here.run { await $0.wakeAndLog(agent) } }
  }

  nonisolated(nonsending) private func wakeAndLog(_ agent: GuestAgent) async {
    if let failure = await Self.wake(agent) { reporter.log(.warning, "\(failure)") }
  }

  /// - Returns: why a script failed.
  private static func wake(_ agent: GuestAgent) async -> Failure? {
    do throws(Failure) {
      try await agent.runThawScripts(timeout: scriptTime)
      return nil
    } catch {
      return error
    }
  }
}
