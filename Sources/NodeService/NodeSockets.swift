package import Failure
import GRPCCore
package import GRPCNIOTransportHTTP2Posix
package import Linux
package import Logging
package import NodeCore

/// The sockets that a node serves at. All offer the same; what a caller may use of it is a matter of its role.
package struct NodeSockets: Sendable {
  /// What carries calls.
  package typealias Transport = HTTP2ServerTransport.Custom<BoundedListener>

  private let fleet: Fleet
  private let log: Logger
  private let serving: ServingState
  private let names = UserNames()
  /// What has been asked at any of them.
  package let calls = CallsUnderWay()
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
      serve: { socket throws(Failure) in try server(on: socket, at: settings.socket, bounds, .operators) })
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
      serve: { socket throws(Failure) in try server(on: socket, at: path, bounds, .readers) })
  }

  /// Serves the network; nil if the configuration says that nobody is served there.
  /// - Parameter given: a socket that systemd has opened.
  package func network(given: DescriptorCell?, _ bounds: ListenerBounds) -> NetworkService? {
    guard given != nil || settings.api.listen != nil else { return nil }
    let name = given == nil ? settings.api.listen.map { "\($0)" } ?? "" : "the network"
    let say: @Sendable (String) -> Void = { [log, events = fleet.context.events] sentence in
      log.notice("\(sentence)")
      events.append(HostEvent(kind: .access, what: sentence))
    }
    return NetworkService(settings.api, given: given, troubles: fleet.context.troubles, say: say) {
      socket, entrance, bound in
      server(on: socket, entrance, named: name, bounds, .operators, bound: bound)
    }
  }

  private func server(
    on cell: DescriptorCell, at path: String, _ bounds: ListenerBounds, _ kind: LocalProcess.Socket
  ) throws(Failure) -> GRPCServer<Transport> {
    guard let socket = cell.take() else {
      throw Failure(.internal, operation: "serve", object: path, cause: "its descriptor was taken before")
    }
    try UnixSocket.checkListener(socket.raw, .stream)
    return server(on: socket, .local, named: path, bounds, kind)
  }

  private func server(
    on socket: consuming Descriptor, _ entrance: Entrance, named name: String, _ bounds: ListenerBounds,
    _ kind: LocalProcess.Socket, bound: @escaping @Sendable () -> Void = {}
  ) -> GRPCServer<Transport> {
    let notes = RefusalNotes(socket: name, events: fleet.context.events, log: log)
    let services: [any RegistrableRPCService] = [
      NodeDaemon(fleet: fleet), NodeService(fleet: fleet), EventsService(fleet: fleet),
      DiagnosisService(fleet: fleet), OperationsService(fleet: fleet), LimitsService(fleet: fleet),
      MetricsService(board: fleet.context.metrics), LifeService(fleet: fleet), GuestService(fleet: fleet),
      SavesService(fleet: fleet), ImagesService(fleet: fleet),
    ]
    return GRPCServer(
      transport: BoundedListener(socket, bounds, entrance, bound: bound) { notes.note($0, $1) }.transport(),
      services: services + StandardServices.beside(services, serving),
      interceptors: [
        CallsUnderWay.Noting(calls: calls), NamedCaller(socket: kind, names: names), Permission(), EventStreamHead(),
      ])
  }
}
