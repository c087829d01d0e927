package import Failure
package import Linux
package import Text

/// A client of qemu-guest-agent on the socket that QEMU holds for the agent's port.
///
/// One request at a time, in the order of the calls. Nothing is written while no agent listens, because that would
/// fill the socket: the owner passes on `VSERPORT_CHANGE`, and after an adoption `query-chardev`.
package actor GuestAgent {
  /// Calls that may wait for their turn.
  package static let queueLimit = 64

  private let link: AgentLink
  private var isOpen = false
  private var isInStep = false
  private var openings = 0
  private var isBusy = false
  private var turns: [Turn] = []
  private var nextTurn: UInt64 = 0
  private var nextSync = Int64.random(in: 1...0x3fff_ffff)

  /// Somebody who waits for the end of another's request, and is told why not to wait any more, or that it is his turn.
  private struct Turn {
    var number: UInt64
    var go: CheckedContinuation<Failure?, Never>
  }

  private init(_ link: AgentLink) { self.link = link }

  deinit { link.close() }

  /// Connects to the socket of the agent's port. Whether an agent listens is another question.
  /// - Parameter flooded: told when the guest sends without end what nobody asked for, so that nobody reads it any more,
  ///   and when its agent has answered again.
  package static func connect(
    path: String, flooded: @escaping @Sendable (Bool) -> Void = { _ in }
  ) throws(Failure) -> GuestAgent {
    adopt(try UnixSocket.connectAtOnce(path), flooded: flooded)
  }

  /// The same on a socket that is connected already.
  package static func adopt(
    _ socket: consuming Descriptor, flooded: @escaping @Sendable (Bool) -> Void = { _ in }
  ) -> GuestAgent {
    let agent = GuestAgent(AgentLink(flooded: flooded))
    agent.link.open(socket)
    return agent
  }

  /// The guest has opened the port: an agent listens.
  package func agentOpened() { change(isOpen: true) }

  /// The guest has closed the port. Whatever waits for an answer fails.
  package func agentClosed() { change(isOpen: false) }

  private func change(isOpen: Bool) {
    self.isOpen = isOpen
    isInStep = false
    openings += 1
    link.setListening(isOpen)
  }

  /// Whether an agent listens, as far as the owner has said.
  package var isConnected: Bool { isOpen }

  /// Ends the connection.
  package func close() {
    change(isOpen: false)
    link.close()
  }

  /// Runs one command of the agent.
  /// - Parameters:
  ///   - answers: false for a command whose success has no answer (`guest-shutdown`).
  ///   - timeout: for getting in step and for the answer, from when it is this request's turn.
  ///   - deadline: for all of it, waiting for its turn included.
  ///   - bounds: what the answer may be; nil for the usual of the command.
  /// - Throws: the agent's words, `.unavailable` if none listens, `.timeout` if it stays silent, `.exhausted` if it says
  ///   too much.
  package func request(
    _ command: String, arguments: JSON? = nil, answers: Bool = true, timeout: Duration = .seconds(10),
    deadline: ContinuousClock.Instant? = nil, bounds: AnswerBounds? = nil
  ) async throws(Failure) -> JSON {
    let bytes = try AgentMessage.request(command, arguments)
    try await takeTurn(command, deadline)
    defer { giveTurn() }
    guard isOpen else { throw AgentLink.away }
    let end = min(deadline ?? .now + timeout, .now + timeout)
    if !isInStep { try await synchronize(until: end) }
    let question = AgentLink.Question(
      command: command, bytes: bytes, wanted: .next, bounds: bounds ?? AnswerBounds.usual(command))
    do {
      let message = try await link.exchange(question, timeout: max(.zero, end - .now))
      return try AgentMessage.answer(message, to: command)
    } catch {
      // What the agent refused, it has answered. After anything else a late answer may still come.
      if ![.system, .unsupported, .state].contains(error.code) { isInStep = false }
      // A guest that goes down says nothing, or closes the port.
      if !answers, error.code == .timeout || error.code == .unavailable { return .null }
      throw error
    }
  }

  private func synchronize(until end: ContinuousClock.Instant) async throws(Failure) {
    nextSync += 1
    let before = openings
    let id = nextSync
    let question = AgentLink.Question(
      command: "guest-sync-delimited", bytes: try AgentMessage.sync(id), wanted: .sync(id),
      bounds: AnswerBounds.sync)
    _ = try await link.exchange(question, timeout: max(.zero, end - .now))
    // The port may have been closed and opened since the answer came; then it is of the old conversation.
    isInStep = openings == before
  }

  private func takeTurn(_ command: String, _ deadline: ContinuousClock.Instant?) async throws(Failure) {
    guard isOpen else { throw AgentLink.away }
    if !isBusy {
      isBusy = true
      return
    }
    guard turns.count < Self.queueLimit else {
      throw Failure(
        .exhausted, part: .agent, operation: "ask guest agent", object: command,
        cause: "\(turns.count) requests wait already",
        remedy: "try again when some have ended")
    }
    nextTurn += 1
    let number = nextTurn
    let refusal: Failure? = await withTaskCancellationHandler {
      await withCheckedContinuation { go in
        if Task.isCancelled { return go.resume(returning: AgentLink.cancelled(command)) }
        turns.append(Turn(number: number, go: go))
        guard let deadline else { return }
        let wait = max(.zero, deadline - .now)
        TimeLimits.shared.after(wait) { [weak self] in
          Task { await self?.leave(number, AgentLink.late(command, wait)) }
        }
      }
    } onCancel: {
      Task { await self.leave(number, AgentLink.cancelled(command)) }
    }
    if let refusal { throw refusal }
  }

  /// Gives up waiting.
  private func leave(_ number: UInt64, _ failure: Failure) {
    guard let place = turns.firstIndex(where: { $0.number == number }) else { return }
    turns.remove(at: place).go.resume(returning: failure)
  }

  /// The turn goes to the next in line without becoming free, so nobody can step in between.
  private func giveTurn() {
    if turns.isEmpty { isBusy = false } else { turns.removeFirst().go.resume(returning: nil) }
  }
}
