package import Failure
package import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Glibc
import Linux
import NIOCore
package import NodeAPI
import Synchronization
import Text

/// An open connection to the daemon, with a deadline on every call and one kind of error.
package struct NodeConnection: Sendable {
  /// The contract's service.
  package let daemon: Limiquantix_Node_V1_NodeDaemonService.Client<NodeTransport>
  /// Procurator's own service.
  package let node: Procurator_Node_V1_Node.Client<NodeTransport>
  /// What VMs may take of their host.
  package let limits: Procurator_Node_V1_Limits.Client<NodeTransport>
  /// The screen.
  package let operations: Procurator_Node_V1_Operations.Client<NodeTransport>
  /// The event log of the host.
  package let events: Procurator_Node_V1_Events.Client<NodeTransport>
  /// What the published service has no words for.
  package let life: Procurator_Node_V1_Life.Client<NodeTransport>
  /// Programs in guests.
  package let guest: Procurator_Node_V1_Guest.Client<NodeTransport>
  /// VMs that are saved into folders.
  package let saves: Procurator_Node_V1_Saves.Client<NodeTransport>
  /// Why things are as they are.
  package let diagnosis: Procurator_Node_V1_Diagnosis.Client<NodeTransport>

  /// What VMs use.
  package let metrics: Procurator_Node_V1_Metrics.Client<NodeTransport>
  /// Images as files.
  package let images: Procurator_Node_V1_Images.Client<NodeTransport>
  /// Where it leads.
  package let address: NodeAddress
  private let use: Use
  private let note: @Sendable (String, CallOutcome, Double) -> Void

  /// What became of the calls over a connection.
  private final class Use: Sendable {
    /// Whether anything that was asked may have been heard.
    let isUsed = Atomic(false)
    /// Whether it could not be made, because others wait at the socket.
    let metFullQueue = Atomic(false)
    /// What is wrong with the node's certificate.
    let distrust = Distrust()
  }

  /// Time for a call that only reads or writes state.
  package static let quick = Duration.seconds(30)
  /// Time for a call that makes disks or starts a hypervisor.
  package static let slow = Duration.seconds(120)
  /// How often a connection is tried again that the kernel has refused because others wait, a tenth of a second apart.
  private static let triesAtAFullQueue = 50
  /// Bytes of one answer that are accepted; a picture of a screen comes as one message.
  static let longestAnswer = 64 << 20

  /// Connects to a socket of this host, runs `body` and disconnects.
  ///
  /// - Throws: a `Failure` at once if nobody listens on the socket or the caller may not connect.
  package static func with<R: Sendable>(socket: String, _ body: (NodeConnection) async throws -> R) async throws -> R {
    try await with(.socket(socket), body)
  }

  /// Connects, runs `body` and disconnects.
  ///
  /// - Throws: a `Failure` at once if nobody listens on a socket or the caller may not connect.
  package static func with<R: Sendable>(
    _ address: NodeAddress, _ body: (NodeConnection) async throws -> R
  ) async throws -> R {
    guard case .socket(let socket) = address else { return try await once(address, Use(), body) }
    try probe(socket)
    // The queue of clients that wait at the socket may be full for a moment. Nothing was sent then.
    for _ in 0..<triesAtAFullQueue {
      let use = Use()
      do { return try await once(address, use, body) } catch {
        let isFull = use.metFullQueue.load(ordering: .relaxed) || (error as? RPCError)?.isOfAFullQueue == true
        guard isFull, !use.isUsed.load(ordering: .relaxed) else { throw error }
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    return try await once(address, Use(), body)
  }

  private static func once<R: Sendable>(
    _ address: NodeAddress, _ use: Use, _ body: (NodeConnection) async throws -> R
  ) async throws -> R {
    let transport = try transport(to: address, use)
    return try await withGRPCClient(transport: transport) { client in
      try await body(NodeConnection(client, address, use))
    }
  }

  /// A connection that is kept: made when it is first used, and made again when it breaks, as long as somebody runs the client.
  /// - Parameter note: told of each call, what it was for and what became of it, and the seconds that it took.
  /// - Throws: `.invalid` if certificate and key are none.
  static func kept(
    _ address: NodeAddress, note: @escaping @Sendable (String, CallOutcome, Double) -> Void
  ) throws(Failure) -> (client: GRPCClient<NodeTransport>, connection: NodeConnection) {
    let use = Use()
    let client = GRPCClient(transport: try transport(to: address, use, isKept: true))
    return (client, NodeConnection(client, address, use, note))
  }

  private init(
    _ client: GRPCClient<NodeTransport>, _ address: NodeAddress, _ use: Use,
    _ note: @escaping @Sendable (String, CallOutcome, Double) -> Void = { _, _, _ in }
  ) {
    daemon = .init(wrapping: client)
    node = .init(wrapping: client)
    limits = .init(wrapping: client)
    operations = .init(wrapping: client)
    events = .init(wrapping: client)
    life = .init(wrapping: client)
    guest = .init(wrapping: client)
    saves = .init(wrapping: client)
    diagnosis = .init(wrapping: client)
    metrics = .init(wrapping: client)
    images = .init(wrapping: client)
    self.address = address
    self.use = use
    self.note = note
  }

  private static func transport(
    to address: NodeAddress, _ use: Use, isKept: Bool = false
  ) throws(Failure) -> NodeTransport {
    do { return try address.transport(use.distrust, isKept: isKept) } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(
        .invalid, operation: "connect to", object: "\(address)",
        cause: "certificate and key are not a pair that TLS takes: \(error)",
        remedy: "see what they are: vmsupervisor tls show FILE")
    }
  }

  /// Calls one method.
  ///
  /// - Parameters:
  ///   - operation: what is being done, for the message of a failure.
  ///   - object: what it is done to.
  ///   - limit: the call's deadline, nil for streams that end when the user wants.
  ///   - options: the options of the command, by the field of the request that each one fills.
  package func call<R: Sendable>(
    _ operation: String, _ object: String = "", within limit: Duration? = quick, options names: [String: String] = [:],
    _ body: (CallOptions) async throws -> R
  ) async throws -> R {
    var options = CallOptions.defaults
    options.timeout = limit
    options.waitForReady = false
    options.maxResponseMessageBytes = Self.longestAnswer
    // The transport measures what comes by the bound of what goes.
    options.maxRequestMessageBytes = Self.longestAnswer
    let began = Clock.microseconds()
    func note(_ outcome: CallOutcome) {
      self.note(operation, outcome, Double(Clock.microseconds() - began) / 1_000_000)
    }
    do {
      let answer = try await body(options)
      use.isUsed.store(true, ordering: .relaxed)
      use.distrust.clear()
      note(.answered)
      return answer
    } catch let error as RPCError {
      // Whatever it was, somebody may have got the request.
      if error.isOfAFullQueue { use.metFullQueue.store(true, ordering: .relaxed) }
      if error.code != .unavailable { use.isUsed.store(true, ordering: .relaxed) }
      let failure = failure(of: error, operation, object, limit)
      // Whoever has left says nothing about the node.
      if !Task.isCancelled { note(error.outcome(failure)) }
      throw failure.naming(names)
    }
  }

  private func failure(
    of error: RPCError, _ operation: String, _ object: String, _ limit: Duration?
  ) -> Failure {
    if !error.isOfTheNode {
      if let distrust = use.distrust.failure { return distrust }
      if let failure = address.failure(of: error) { return failure }
    }
    return Self.failure(of: error, operation: operation, object: object, limit: limit)
  }

  /// What a failed call means to the reader.
  package static func failure(of error: RPCError, operation: String, object: String, limit: Duration?) -> Failure {
    var failure = Failure(error, operation: operation, object: object)
    if error.isOfTheNode { return failure }
    switch error.code {
    // The transport's word for an answer that is too large.
    case _ where error.message.contains("maximum payload size"):
      failure.code = .system
      failure.cause =
        "the supervisor's answer is larger than this command takes (\(Quantity.bytes(UInt64(longestAnswer)))): "
        + error.message
      failure.remedy = "ask for less at a time"
    case .deadlineExceeded:
      let given = limit.map { Quantity.duration(UInt64($0.components.seconds)) } ?? "time"
      failure.cause = "the supervisor did not answer within \(given)"
      failure.remedy = "its log tells what it is doing"
    // The transport's word for a connection that was closed before anything was said.
    case .unavailable where error.message.contains("connection preface"):
      failure.cause = "the supervisor let no further connection in: you, or all together, have as many as it permits"
      failure.remedy =
        "end commands that are attached or follow something, and try again; its log says who was turned away"
    case .unavailable:
      failure.cause = "the connection to the supervisor was lost: \(error.message)"
      failure.remedy = "try again; if it does not run, \(ServiceRemedy(.vmsupervisor).start)"
    case .unimplemented:
      failure.cause = "the running supervisor does not have this call"
      failure.remedy = "restart it, it is of another release than this command"
    default: break
    }
    return failure
  }

  /// Learns from the kernel whether somebody listens, since the transport has no word for why a connection failed.
  private static func probe(_ socket: String) throws(Failure) {
    do {
      _ = try UnixSocket.connect(socket, .stream)
    } catch {
      throw explain(error, socket: socket)
    }
  }

  /// That something else is where the socket was; nil if that is not known.
  private static func occupation(of socket: String, _ refusal: Failure) -> Failure? {
    let folder = socket.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    let runs = LockFile.isHeld(folder + "/vmsupervisor.lock")
    guard Files.exists(socket), !Files.isSocket(socket) || (runs && refusal.code == .unavailable) else { return nil }
    return Failure(
      .unavailable, operation: "reach the supervisor at", object: socket,
      cause: "somebody else's file is where the socket of the supervisor was",
      remedy: "remove that file (rm \(socket)): a supervisor that runs makes its socket again within seconds"
        + (runs ? "" : "; if none runs, \(ServiceRemedy(.vmsupervisor).start)"), errno: refusal.errno)
  }

  /// The refusal of `connect(2)` in the reader's terms.
  package static func explain(_ refusal: Failure, socket: String) -> Failure {
    var failure = refusal
    failure.operation = "reach the supervisor at"
    failure.object = socket
    if let occupation = occupation(of: socket, refusal) { return occupation }
    switch refusal.code {
    case .notFound, .unavailable:
      failure.code = .unavailable
      failure.cause = refusal.code == .notFound ? "there is no such socket" : "nobody listens on it"
      failure.remedy = ServiceRemedy(.vmsupervisor).start
    case .denied:
      failure.cause = "you may not connect to it"
      failure.remedy = "join the group with `adduser USER procurator` and log in again, or use sudo"
    default: break
    }
    return failure
  }
}

extension RPCError {
  /// Whether it is the supervisor's own word: it has details.
  var isOfTheNode: Bool { if case .some(.some) = try? unpackGoogleRPCStatus() { true } else { false } }

  /// What it makes of a call.
  /// - Parameter failure: what its caller is told.
  fileprivate func outcome(_ failure: Failure) -> CallOutcome {
    if isOfTheNode { return .refused(failure.code) }
    return switch code {
    case .unavailable: .unreached(failure)
    case .deadlineExceeded: .late
    default: .refused(failure.code)
    }
  }

  /// Whether `connect(2)` found the queue of the listener full (EAGAIN, unix(7)).
  fileprivate var isOfAFullQueue: Bool {
    guard code == .unavailable else { return false }
    var cause = self.cause
    while let inner = cause as? RPCError { cause = inner.cause }
    return (cause as? IOError)?.errnoCode == EAGAIN
  }
}

extension Failure {
  /// The same about the option that filled the field of a request which the supervisor names at the end of its object.
  /// - Parameter options: by field.
  package func naming(_ options: [String: String]) -> Failure {
    guard let colon = object.ranges(of: ": ").last,
      let option = options[String(object[colon.upperBound...])]
    else { return self }
    var failure = self
    failure.object = object[..<colon.upperBound] + option
    return failure
  }
}
