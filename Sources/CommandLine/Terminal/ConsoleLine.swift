import Failure
import GRPCCore
import Glibc
import NodeAPI
import NodeClient
import Synchronization

/// The connection of a console session, which may break and be made again.
final class ConsoleLine: Sendable {
  /// Why a connection ended.
  enum End: Sendable {
    /// The user has left, or the input has ended.
    case left
    /// The supervisor says that nothing more will come.
    case over
    /// The supervisor has gone.
    case lost
  }

  private struct State: Sendable {
    var keys = ConsoleKeys()
    /// Where to go on; nil before anything came.
    var offset: UInt64?
  }

  private let session: ConsoleSession
  private let keyboard: Keyboard
  private let isTerminal: Bool
  private let screen: ConsoleScreen
  private let state = Mutex(State())

  /// How often a supervisor that has gone is looked for.
  private static let pause = Duration.milliseconds(250)
  /// How long it is looked for if nobody is there to give up.
  private static let timeout = Duration.seconds(60)

  init(session: ConsoleSession, keyboard: Keyboard, screen: ConsoleScreen, isTerminal: Bool) {
    self.session = session
    self.keyboard = keyboard
    self.screen = screen
    self.isTerminal = isTerminal
  }

  /// Attaches, and stays until it ends.
  func attach(_ node: NodeConnection) async throws -> End {
    let (typingEnded, signal) = AsyncStream.makeStream(of: Void.self)
    return try await withThrowingTaskGroup(of: End.self) { group in
      group.addTask { try await self.talk(over: node) { signal.finish() } }
      group.addTask {
        for await _ in typingEnded {}
        return .left
      }
      defer { group.cancelAll() }
      // Whoever ends first ends the connection; the other's cancellation is no failure.
      let end = try await group.next() ?? .left
      group.cancelAll()
      while case .failure? = await group.nextResult() {}
      return end
    }
  }

  private func talk(over node: NodeConnection, typingEnded: @escaping @Sendable () -> Void) async throws -> End {
    var options = CallOptions.defaults
    options.waitForReady = false
    do {
      let isOver = try await node.node.attachConsole(options: options) { writer in
        try await writer.write(.with { $0.open = self.opening() })
        try await self.type(into: writer)
        typingEnded()
        // The stream to the guest stays open until the call ends, or the supervisor would take it for a hang-up.
        try await Task.sleep(for: .seconds(Int64(Int32.max)))
      } onResponse: { response in
        for try await output in response.messages {
          try self.show(output)
          if output.ended { return true }
        }
        return false
      }
      return isOver ? .over : .lost
    } catch let error as RPCError {
      // With details it is the supervisor's own word.
      let isWord = if case .some(.some) = try? error.unpackGoogleRPCStatus() { true } else { false }
      if !isWord, state.withLock({ $0.offset }) != nil { return .lost }
      throw NodeConnection.failure(of: error, operation: "attach to the console of VM", object: session.vm, limit: nil)
    }
  }

  /// Looks for the supervisor, and attaches again where it broke off.
  func comeBack() async throws -> End {
    let start = ContinuousClock.now
    while true {
      if try await leftMeanwhile() { return .left }
      do {
        return try await NodeConnection.with(session.node.address) { node in
          self.session.say("the supervisor is back")
          return try await self.attach(node)
        }
      } catch let failure as Failure where failure.code == .unavailable {
        if !isTerminal, ContinuousClock.now - start > Self.timeout { throw failure }
      }
    }
  }

  /// Waits a little; tells whether the user left in that time.
  private func leftMeanwhile() async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await Task.sleep(for: Self.pause)
        return false
      }
      if isTerminal {
        group.addTask {
          while let bytes = try await self.keyboard.next() {
            if self.state.withLock({ $0.keys.feed(bytes) }).contains(.leave) { return true }
          }
          return true
        }
      }
      let left = try await group.next() ?? false
      group.cancelAll()
      while case .failure? = await group.nextResult() {}
      return left
    }
  }

  private func opening() -> Procurator_Node_V1_ConsoleOpen {
    let offset = state.withLock { $0.offset }
    return .with {
      $0.vm = session.vm
      $0.readonly = session.readonly
      $0.take = session.take && offset == nil
      // A person sees that somebody else types; input from a file would be lost without a word.
      $0.yield = isTerminal || offset != nil
      $0.stay = isTerminal || session.stay
      $0.who = "uid \(getuid()), pid \(getpid())"
      if case .lines(let count) = session.history { $0.historyLines = count }
      if let offset { $0.fromOffset = offset }
    }
  }

  private func show(_ output: Procurator_Node_V1_ConsoleOutput) throws(Failure) {
    if output.missed > 0 {
      session.say("\(output.missed) bytes are missing here: they came faster than they were read")
    }
    if !output.notice.isEmpty { session.say(output.notice) }
    if !output.data.isEmpty { try screen.show(Array(output.data), isPast: output.isPast) }
    // Only what has been shown counts as read.
    state.withLock { $0.offset = output.offset }
  }

  /// Sends what is typed until the user leaves or the input ends.
  private func type(into writer: RPCWriter<Procurator_Node_V1_ConsoleInput>) async throws {
    if session.readonly, !isTerminal { return try await Task.sleep(for: .seconds(Int64(Int32.max))) }
    while let bytes = try await keyboard.next() {
      let actions = isTerminal ? state.withLock { $0.keys.feed(bytes) } : [.send(bytes)]
      for action in actions {
        switch action {
        case .send(let keys): if !session.readonly { try await writer.write(.with { $0.data = .init(keys) }) }
        case .take: if !session.readonly { try await writer.write(.with { $0.take = true }) }
        case .help: session.say(ConsoleKeys.help)
        case .toggleRaw:
          session.say(screen.toggle() ? "everything of the guest reaches the terminal" : "filtered again")
        case .leave: return
        }
      }
    }
    if !isTerminal { try await Task.sleep(for: ConsoleSession.linger) }
  }
}
