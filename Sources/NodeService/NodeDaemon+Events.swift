import FoundationEssentials
import GRPCCore
import Life
package import NodeAPI
package import NodeCore
import SwiftProtobuf

/// The contract's view of the event log.
extension NodeDaemon {
  func streamEvents(
    request: Google_Protobuf_Empty, response: RPCWriter<Limiquantix_Node_V1_NodeEvent>, context: ServerContext
  ) async throws {
    let stream = EventStream(fleet.context.events, .current)
    try await whileCalled(context.cancellation) {
      try await stream.write { try await response.write(contentsOf: $0) }
    }
  }
}

extension Limiquantix_Node_V1_NodeEvent {
  /// An event in the contract's words.
  init(_ numbered: NumberedEvent) {
    self.init()
    let event = numbered.event
    id = "\(numbered.sequence)"
    timestamp = .init(event.time)
    type = .init(event)
    vmID = event.vm
    message = event.why.map { "\(event.what): \($0.cause)" } ?? event.what
    metadata = ["kind": event.kind.rawValue, "actor": event.actor.word, "generation": "\(event.generation)"]
    switch event.caller {
    case .process(let process):
      metadata["actor_uid"] = "\(process.uid)"
      metadata["actor_pid"] = "\(process.pid)"
    case .remote(let remote):
      metadata["actor_role"] = remote.role.rawValue
      metadata["actor_address"] = remote.address
      metadata["actor_certificate"] = remote.identity?.serial
    case nil: break
    }
    metadata["change"] = event.change?.rawValue
    metadata["from"] = event.from?.rawValue
    metadata["to"] = event.to?.rawValue
    metadata["code"] = event.why?.code.rawValue
    metadata["cause"] = event.why?.cause
  }
}

extension Limiquantix_Node_V1_EventType {
  /// What control planes act upon: changes of state, of devices, and of the node. Everything else is for people.
  package init(_ event: HostEvent) {
    if let change = event.change, let type = Self.changes[change] {
      self = type
      return
    }
    switch (event.from, event.to) {
    case (.paused, .running): self = .vmResumed
    case (_, .running): self = .vmStarted
    case (_, .paused): self = .vmPaused
    case (_, .stopped): self = .vmStopped
    case (_, .failed): self = .vmCrashed
    default: self = .unknown
    }
  }

  private static let changes: [EventChange: Self] = [
    .rebooted: .vmRebooted, .diskAttached: .diskAttached, .diskDetached: .diskDetached, .nicAttached: .nicAttached,
    .nicDetached: .nicDetached, .overloaded: .nodeOverloaded, .recovered: .nodeRecovered,
    .snapshotCreated: .snapshotCreated, .snapshotReverted: .snapshotReverted, .snapshotDeleted: .snapshotDeleted,
  ]
}
