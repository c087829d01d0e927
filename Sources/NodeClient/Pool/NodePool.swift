package import Failure
import Synchronization

/// Connections to many nodes. Each has its own: one that is dead keeps nobody waiting for another.
package final class NodePool: Sendable {
  /// What was called at all of them.
  package let ledger = CallLedger()

  private struct Entry: Sendable {
    var node: PooledNode
    var task: Task<Void, Never>
  }

  private let entries = Mutex<[String: Entry]>([:])

  private let checkLimit: Duration

  /// - Parameter checkLimit: how long a node may take to say that it is well.
  package init(checkLimit: Duration = .seconds(5)) { self.checkLimit = checkLimit }

  /// Takes a node in, or has it from now on at another address or with other credentials. Calls to the former one go on to
  /// their end if that comes at once, and are cut otherwise.
  /// - Throws: `.invalid` if certificate and key are none; then what was there stays.
  package func set(_ id: String, _ address: NodeAddress) throws(Failure) {
    if entries.withLock({ $0[id]?.node.address == address }) { return }
    let node = try PooledNode(address, ledger: ledger, checkLimit: checkLimit)
    let entry = Entry(node: node, task: Task { await node.run() })
    let former = entries.withLock { entries in
      let former = entries[id]
      entries[id] = entry
      return former
    }
    former?.task.cancel()
  }

  /// Forgets a node.
  package func remove(_ id: String) {
    entries.withLock { $0.removeValue(forKey: id) }?.task.cancel()
  }

  /// The node of that name.
  /// - Throws: `.notFound` if there is none.
  package func node(_ id: String) throws(Failure) -> PooledNode {
    if let entry = entries.withLock({ $0[id] }) { return entry.node }
    throw Failure(
      .notFound, operation: "find node", object: id, cause: "no node of that name is in the pool",
      remedy: "let it join first")
  }

  /// What is known of all nodes, by name.
  package func states() -> [String: PooledNode.State] {
    entries.withLock { $0.mapValues(\.node) }.mapValues(\.state)
  }

  /// Ends all connections and waits until they are closed.
  package func close() async {
    let all = entries.withLock { entries in
      defer { entries = [:] }
      return Array(entries.values)
    }
    for entry in all { entry.task.cancel() }
    for entry in all { await entry.task.value }
  }
}
