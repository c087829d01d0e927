package import Failure
import GRPCCore
package import GRPCNIOTransportHTTP2Posix
package import Linux
package import Logging
package import NodeCore

/// The sockets that a node serves at, each with the services that its callers may use.
package struct NodeSockets: Sendable {
  /// What carries calls.
  package typealias Transport = HTTP2ServerTransport.Custom<BoundedListener>

  private let fleet: Fleet
  private let log: Logger
  private let serving: ServingState
  private let names = UserNames()
  private var settings: Settings { fleet.context.settings }

  /// Serves the VMs of `fleet`.
  /// - Parameter serving: what those are told who ask for health.
  package init(_ fleet: Fleet, log: Logger, serving: ServingState) {
    self.fleet = fleet
    self.log = log
    self.serving = serving
  }

  /// Serves operators, on our own socket or the one that systemd has opened.
  package func operators(
    given: consuming Descriptor?, _ bounds: ListenerBounds
  ) throws(Failure) -> ServedSocket<Transport> {
    try ServedSocket(
      settings.socket, subject: "socket", given: given, troubles: fleet.context.troubles, listen: listen,
      serve: { socket throws(Failure) in try server(on: socket, at: settings.socket, bounds) })
  }

  private func listen() throws(Failure) -> DescriptorCell {
    let socket = try UnixSocket.listen(
      settings.socket, .stream, mode: 0o600, backlog: BoundedListener.backlog)
    try UnixSocket.give(settings.socket, group: settings.socketGroup, mode: settings.socketMode)
    return DescriptorCell(socket)
  }

  /// Serves those who may only look. Their socket has the group of its folder, whose set-group-ID bit gives it that: the
  /// supervisor has no right to change groups.
  package func readers(_ bounds: ListenerBounds) throws(Failure) -> ServedSocket<Transport>? {
    guard let path = settings.readSocket else { return nil }
    guard Files.exists(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))) else { return nil }
    return try ServedSocket(
      path, subject: "socket.read", troubles: fleet.context.troubles,
      listen: { () throws(Failure) in
        let socket = try UnixSocket.listen(path, .stream, mode: 0o600, backlog: BoundedListener.backlog)
        try UnixSocket.give(path, group: "", mode: 0o660)
        return DescriptorCell(socket)
      },
      serve: { socket throws(Failure) in try server(on: socket, at: path, bounds, readOnly: true) })
  }

  private func server(
    on cell: DescriptorCell, at path: String, _ bounds: ListenerBounds, readOnly: Bool = false
  ) throws(Failure) -> GRPCServer<Transport> {
    guard let socket = cell.take() else {
      throw Failure(.internal, operation: "serve", object: path, cause: "its descriptor was taken before")
    }
    try UnixSocket.checkListener(socket.raw, .stream)
    let notes = RefusalNotes(socket: path, events: fleet.context.events, log: log)
    let services: [any RegistrableRPCService] = [
      NodeDaemon(fleet: fleet, showsGuestOutput: !readOnly), NodeService(fleet: fleet),
      EventsService(fleet: fleet, queue: EventsService.queue(forReadOnly: readOnly)),
      DiagnosisService(fleet: fleet, showsGuestOutput: !readOnly), OperationsService(fleet: fleet),
      LimitsService(fleet: fleet),
      MetricsService(board: fleet.context.metrics), LifeService(fleet: fleet), GuestService(fleet: fleet),
    ]
    return GRPCServer(
      transport: BoundedListener(socket, bounds) { notes.note($0, $1) }.transport(),
      services: services + StandardServices.beside(services, serving),
      interceptors: [NamedCaller(socket: readOnly ? .readers : .operators, names: names)]
        + (readOnly ? [ReadOnly()] : []))
  }
}
