public import Failure
public import Linux

/// A client of qemu-guest-agent on the socket that QEMU holds for the agent's port.
///
/// One request at a time, in the order of the calls. Nothing is written while no agent listens, because that would
/// fill the socket: the owner passes on `VSERPORT_CHANGE`, and after an adoption `query-chardev`.
public actor GuestAgent {
  /// Calls that may wait for their turn.
  public static let queueLimit = 64

  private let link = AgentLink()
  private var isOpen = false
  private var isInStep = false
  private var openings = 0
  private var isBusy = false
  private var turns: [CheckedContinuation<Void, Never>] = []
  private var nextSync = Int64.random(in: 1...0x3fff_ffff)

  private init() {}

  deinit { link.close() }

  /// Connects to the socket of the agent's port. Whether an agent listens is another question.
  public static func connect(path: String) throws(Failure) -> GuestAgent { adopt(try UnixSocket.connectAtOnce(path)) }

  /// The same on a socket that is connected already.
  public static func adopt(_ socket: consuming Descriptor) -> GuestAgent {
    let agent = GuestAgent()
    agent.link.open(socket)
    return agent
  }

  /// The guest has opened the port: an agent listens.
  public func agentOpened() { change(isOpen: true) }

  /// The guest has closed the port. Whatever waits for an answer fails.
  public func agentClosed() { change(isOpen: false) }

  private func change(isOpen: Bool) {
    self.isOpen = isOpen
    isInStep = false
    openings += 1
    link.setListening(isOpen)
  }

  /// Whether an agent listens, as far as the owner has said.
  public var isConnected: Bool { isOpen }

  /// Ends the connection.
  public func close() {
    change(isOpen: false)
    link.close()
  }

  /// Runs one command of the agent.
  /// - Parameters:
  ///   - answers: false for a command whose success has no answer (`guest-shutdown`).
  ///   - timeout: for the answer, and once more for getting in step when that is needed.
  /// - Throws: the agent's words, `.unavailable` if none listens, `.timeout` if it stays silent.
  public func request(
    _ command: String, arguments: JSON? = nil, answers: Bool = true, timeout: Duration = .seconds(10)
  ) async throws(Failure) -> JSON {
    try await takeTurn(command)
    defer { giveTurn() }
    guard isOpen else { throw AgentLink.away }
    if !isInStep { try await synchronize(timeout) }
    let bytes = try AgentMessage.request(command, arguments)
    do {
      let message = try await link.exchange(bytes, .next, command: command, timeout: timeout)
      return try AgentMessage.answer(message, to: command)
    } catch {
      // What the agent refused, it has answered. After anything else a late answer may still come.
      if error.code != .system, error.code != .unsupported { isInStep = false }
      // A guest that goes down says nothing, or closes the port.
      if !answers, error.code == .timeout || error.code == .unavailable { return .null }
      throw error
    }
  }

  private func synchronize(_ timeout: Duration) async throws(Failure) {
    nextSync += 1
    let before = openings
    let id = nextSync
    _ = try await link.exchange(AgentMessage.sync(id), .sync(id), command: "guest-sync-delimited", timeout: timeout)
    // The port may have been closed and opened since the answer came; then it is of the old conversation.
    isInStep = openings == before
  }

  private func takeTurn(_ command: String) async throws(Failure) {
    guard isOpen else { throw AgentLink.away }
    if !isBusy {
      isBusy = true
      return
    }
    guard turns.count < Self.queueLimit else {
      throw Failure(
        .exhausted, step: "ask guest agent", object: command, cause: "\(turns.count) requests wait already",
        cure: "try again when some have ended")
    }
    await withCheckedContinuation { turns.append($0) }
  }

  /// The turn goes to the next in line without becoming free, so nobody can step in between.
  private func giveTurn() {
    if turns.isEmpty { isBusy = false } else { turns.removeFirst().resume() }
  }
}
