import Failure
import FoundationEssentials
import GRPCCore
import NodeAPI
package import NodeCore
import SwiftProtobuf

/// `procurator.node.v1.Events`: the event log of this host, its past and what comes.
struct EventsService: Procurator_Node_V1_Events.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  /// Where the log is read and decoded for the caller: doing that with megabytes must not hold a thread of everybody's tasks.
  /// Those who may only look have a queue of their own, so that nobody else waits behind them, and all that they make us do
  /// comes out of that.
  static var queue: BlockingQueue { Author.current.role.isTrusted ? operators : readers }
  private static let operators = BlockingQueue("events")
  private static let readers = BlockingQueue("event-readers", rests: true)

  func stream(
    request: Procurator_Node_V1_EventsRequest, response: RPCWriter<Procurator_Node_V1_Event>, context: ServerContext
  ) async throws {
    try await whileCalled(context.cancellation) { try await write(request, to: response) }
  }

  private func write(_ request: Procurator_Node_V1_EventsRequest, to response: RPCWriter<Procurator_Node_V1_Event>)
    async throws
  {
    let log = fleet.context.events
    let queue = Self.queue
    // What has been reported to anybody is in the file by then.
    await log.flush()
    let filter = try await refusing { try await wanted(by: request) }
    let segments = log.segments
    let end = await queue.run { segments.end }
    // A number from the future is of a log that has lost its end, or was removed.
    var cursor = EventSegments.Cursor(after: request.hasAfter && request.after <= end.sequence ? request.after : 0)
    if request.last > 0, !request.hasAfter {
      let count = Int(request.last)
      cursor = await queue.run { segments.place(ofLast: count, upTo: end.sequence, of: filter.vm) { filter.fits($0) } }
    }
    // Without following it ends with what was there when it was asked, whatever is added while somebody reads slowly.
    let last = request.follow ? UInt64.max : end.sequence
    for await _ in log.changes() {
      try await segments.pages(from: &cursor, on: queue) { events in
        let fitting = events.filter { $0.sequence <= last && filter.fits($0.event) }
        try await response.write(contentsOf: fitting.map { .init($0) })
        return (events.last?.sequence ?? 0) < last
      }
      guard request.follow else { return }
    }
  }

  /// What a reader wants to see.
  private struct Filter: Sendable {
    /// Id of the VM, nil for all or if only its name is known.
    var vm: String?
    /// Name of a VM that is no more.
    var name: String?
    var since: Date?

    func fits(_ event: HostEvent) -> Bool {
      (vm == nil || event.vm == vm) && (name == nil || event.name == name) && since.map { event.time >= $0 } ?? true
    }
  }

  private func wanted(by request: Procurator_Node_V1_EventsRequest) async throws -> Filter {
    let since =
      request.hasSince ? Date(timeIntervalSince1970: request.since.seconds1970) : nil
    if request.vm.isEmpty { return Filter(since: since) }
    do throws(Failure) {
      return Filter(vm: try await fleet.find(request.vm, operation: "show events").id, since: since)
    } catch {
      guard error.code == .notFound else { throw error }
      // It may have been deleted; then the log is all that knows it.
      let segments = fleet.context.events.segments
      let reference = request.vm
      if await Self.queue.run({ !segments.last(1, of: reference.lowercased()).isEmpty }) {
        return Filter(vm: reference.lowercased(), since: since)
      }
      if await Self.queue.run({ !segments.last(1, where: { $0.name == reference }).isEmpty }) {
        return Filter(name: reference, since: since)
      }
      throw error
    }
  }
}

extension EventSegments {
  /// Hands on what is behind `cursor` page by page, as it is taken: what nobody has read is in the file, not in memory.
  /// - Parameter take: returns false to end it.
  func pages(
    from cursor: inout Cursor, on queue: BlockingQueue, _ take: ([NumberedEvent]) async throws -> Bool
  ) async throws {
    while true {
      let (events, moved) = await queue.run { [cursor] in
        var moving = cursor
        let events = page(&moving)
        return (events, moving)
      }
      cursor = moved
      guard !events.isEmpty, try await take(events) else { return }
    }
  }
}

extension Procurator_Node_V1_Caller {
  fileprivate init(_ caller: Caller) {
    self.init()
    switch caller {
    case .process(let process):
      uid = process.uid
      user = process.user ?? ""
      pid = process.pid
      socket = process.socket.rawValue
    case .remote(let remote):
      role = remote.role.rawValue
      address = remote.address
      name = remote.identity?.name ?? ""
      certificate = remote.identity?.serial ?? ""
    }
  }
}

extension Procurator_Node_V1_Event {
  package init(_ numbered: NumberedEvent) {
    self.init()
    let event = numbered.event
    sequence = numbered.sequence
    time = .init(event.time)
    vmID = event.vm
    vmName = event.name
    kind = event.kind.rawValue
    what = event.what
    actor = event.actor.word
    if let caller = event.caller { self.caller = .init(caller) }
    fromState = event.from?.rawValue ?? ""
    toState = event.to?.rawValue ?? ""
    generation = event.generation
    if let failure = event.why { why = .init(failure) }
  }
}
