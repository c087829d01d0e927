package import Failure
package import GRPCCore
import Linux
import NodeAPI
import Synchronization

/// One node of a pool: a connection that is kept and checked, and whether the node is worth asking.
package final class PooledNode: Sendable {
  /// What is known of it.
  package struct State: Hashable, Sendable {
    package var reach: Reachability
    /// It says of itself that it takes no more calls.
    package var isLeaving = false
  }

  /// Where it is.
  package let address: NodeAddress
  private let client: GRPCClient<NodeTransport>
  private let connection: NodeConnection
  private let health: Grpc_Health_V1_Health.Client<NodeTransport>
  private let cell: Cell
  private let checkLimit: Duration

  /// What a check is called in failures and counts.
  private static let check = "check health"

  /// What both the node and the ear of its connection hold.
  private final class Cell: Sendable {
    let state = Mutex(State(reach: Reachability(now: Clock.now())))
    /// What waits for the next check.
    private let sleeper = Mutex<Task<Void, Never>?>(nil)

    func note(_ operation: String, _ outcome: CallOutcome) {
      let (now, jitter) = (Clock.now(), Double.random(in: 0..<1))
      let isSooner = state.withLock { state in
        let planned = state.reach.nextCheck
        switch outcome {
        case .answered, .refused:
          state.reach.answered(now: now, jitter: jitter, isCheck: operation == PooledNode.check)
        case .unreached(let why): state.reach.stayedSilent(why, now: now, jitter: jitter)
        case .late where operation == PooledNode.check:
          let why = Failure(
            .timeout, operation: operation, object: "node", cause: "it takes connections and does not answer",
            remedy: "its log tells what it is doing")
          state.reach.stayedSilent(why, now: now, jitter: jitter)
        case .late: state.reach.isSuspect(now: now)
        }
        return state.reach.nextCheck < planned
      }
      if isSooner { sleeper.withLock { $0?.cancel() } }
    }

    /// Waits until the next check is due, or the task is cancelled.
    func pause() async {
      while !Task.isCancelled {
        let planned = state.withLock { $0.reach.nextCheck }
        let left = planned - Clock.now()
        guard left > 0 else { return }
        let sleep = Task { _ = try? await Task.sleep(for: .milliseconds(left)) }
        sleeper.withLock { $0 = sleep }
        // It may have become sooner before anybody could have been woken.
        if state.withLock({ $0.reach.nextCheck }) < planned { sleep.cancel() }
        await withTaskCancellationHandler {
          await sleep.value
        } onCancel: {
          sleep.cancel()
        }
      }
    }
  }

  /// - Parameters:
  ///   - ledger: told of each call.
  ///   - checkLimit: time for a health check.
  /// - Throws: `.invalid` if certificate and key are none.
  package init(_ address: NodeAddress, ledger: CallLedger, checkLimit: Duration) throws(Failure) {
    self.address = address
    self.checkLimit = checkLimit
    let cell = Cell()
    (client, connection) = try NodeConnection.kept(address) { operation, outcome, seconds in
      ledger.note(operation, outcome, seconds: seconds)
      cell.note(operation, outcome)
    }
    health = .init(wrapping: client)
    self.cell = cell
  }

  /// What is known of it now.
  package var state: State { cell.state.withLock { $0 } }

  /// Calls one method, as `NodeConnection.call` does; a node that is away is not asked.
  /// - Throws: `.unavailable` at once if it is away.
  package func call<R: Sendable>(
    _ operation: String, _ object: String = "", within limit: Duration? = NodeConnection.quick,
    _ body: (NodeConnection, CallOptions) async throws -> R
  ) async throws -> R {
    if let refusal = state.reach.refusal(operation, object, now: Clock.now()) { throw refusal }
    return try await connection.call(operation, object, within: limit) { try await body(connection, $0) }
  }

  /// Keeps the connection and checks it, until the task is cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { [client] in try? await client.runConnections() }
      group.addTask { await self.check() }
    }
  }

  private func check() async {
    while !Task.isCancelled {
      do {
        let answer = try await connection.call(Self.check, "\(address)", within: checkLimit) {
          try await self.health.check(.init(), options: $0)
        }
        cell.state.withLock { $0.isLeaving = answer.status == .notServing }
      } catch is Failure {
        // Noted by the call.
      } catch {
        guard !Task.isCancelled else { break }
        let why = Failure(.unavailable, operation: Self.check, object: "\(address)", cause: "\(error)")
        cell.note(Self.check, .unreached(why))
      }
      await cell.pause()
    }
    client.beginGracefulShutdown()
  }
}
