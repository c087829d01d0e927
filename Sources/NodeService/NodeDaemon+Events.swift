import FoundationEssentials
import GRPCCore
import Life
import NodeAPI
import NodeCore
import SwiftProtobuf

/// The contract's view of the event log.
extension NodeDaemon {
  func streamEvents(
    request: Google_Protobuf_Empty, response: RPCWriter<Limiquantix_Node_V1_NodeEvent>, context: ServerContext
  ) async throws {
    try await whileCalled(context.cancellation) { try await writeEvents(to: response) }
  }

  private func writeEvents(to response: RPCWriter<Limiquantix_Node_V1_NodeEvent>) async throws {
    let log = fleet.context.events
    await log.flush()
    let segments = log.segments
    let queue = EventsService.queue
    var cursor = await queue.run { segments.end }
    for await _ in log.changes() {
      try await segments.pages(from: &cursor, on: queue) { events in
        try await response.write(contentsOf: events.map { .init($0) })
        return true
      }
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
    metadata["from"] = event.from?.rawValue
    metadata["to"] = event.to?.rawValue
    metadata["code"] = event.why?.code.rawValue
    metadata["cause"] = event.why?.cause
  }
}

extension Limiquantix_Node_V1_EventType {
  /// What control planes act upon: changes of state. Everything else is for people.
  init(_ event: HostEvent) {
    switch (SnapshotEvent(event), event.from, event.to) {
    case (.created, _, _): self = .snapshotCreated
    case (.reverted, _, _): self = .snapshotReverted
    case (.deleted, _, _): self = .snapshotDeleted
    case (_, .paused, .running): self = .vmResumed
    case (_, _, .running): self = .vmStarted
    case (_, _, .paused): self = .vmPaused
    case (_, _, .stopped): self = .vmStopped
    case (_, _, .failed): self = .vmCrashed
    default: self = .unknown
    }
  }
}
