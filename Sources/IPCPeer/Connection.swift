public import Failure
public import IPCFrames
public import Linux

/// The asking side of a protocol: sends a request, waits for its answer. Blocks; owned by one thread at a time.
public struct Connection: ~Copyable, Sendable {
  private let socket: Descriptor
  private let peer: String
  /// Seconds that the other side may take for an answer, for words.
  private let answerTimeout: Int32
  private var nextID: UInt32 = 1
  /// Whether the next question can be asked on it. A refusal leaves it so; everything else that fails does not.
  public private(set) var isUsable = true

  /// Speaks over a connected SOCK_SEQPACKET socket; `peer` names the other side in failures.
  public init(_ socket: consuming Descriptor, peer: String, seconds: Int32 = timeout) {
    self.socket = socket
    self.peer = peer
    answerTimeout = seconds
  }

  /// Connects to the daemon that listens at `path`.
  /// - Parameter seconds: that the other side may take to let us in, and for each answer.
  public static func open(_ path: String, peer: String, seconds: Int32 = timeout) throws(Failure) -> Connection {
    let socket = try UnixSocket.connect(path, .packets, seconds: seconds)
    return Connection(socket, peer: peer, seconds: seconds)
  }

  /// Seconds that the other side may take for an answer; it promises never to wait for slow work.
  public static let timeout: Int32 = 5

  /// The number of the socket, for `poll(2)`.
  public var raw: Int32 { socket.raw }

  /// Asks, and waits for the answer and the descriptors that come with it.
  /// - Parameters:
  ///   - sending: descriptors that the kernel copies to the other side; they stay the caller's.
  ///   - expecting: how many descriptors the answer may carry; an answer with more is refused.
  /// - Throws: the other side's refusal; `.unavailable` if it went away; `.protocol` if it sent what is no answer.
  public mutating func call<R: Request>(
    _ request: R, sending: [Int32] = [], expecting: Int = 0
  ) throws(Failure) -> Answer<R.Reply> {
    try answer(to: ask(request, sending: sending), expecting: expecting)
  }

  /// Asks without waiting. The socket becomes readable when the answer is there, or the other side has gone; until
  /// `answer(to:)` has fetched it nothing else may be asked.
  public mutating func ask<R: Request>(_ request: R, sending: [Int32] = []) throws(Failure) -> Question<R> {
    let id = nextID
    nextID &+= 1
    let header = FrameHeader(id: id, verb: R.verb, kind: .request)
    let bytes: [UInt8]
    do { bytes = try Frame.encode(header, request) } catch {
      throw Failure(.invalid, operation: "ask", object: peer, cause: "the request does not fit the protocol: \(error)")
    }
    isUsable = false
    do { try Packets.send(bytes, numbers: sending, to: socket.raw) } catch { throw failure(error) }
    return Question(id: id)
  }

  /// Fetches the answer to a question, waiting for it if need be.
  /// - Throws: as `call` does.
  public mutating func answer<R: Request>(to question: Question<R>, expecting: Int = 0) throws(Failure)
    -> Answer<R.Reply>
  {
    do { return try answer(R.self, id: question.id, expecting: expecting) } catch { throw failure(error) }
  }

  private func failure(_ error: any Error) -> Failure {
    switch error {
    case let error as Errno where error.isAgain:
      Failure(
        .unavailable, operation: "ask", object: peer, cause: "it does not answer within \(answerTimeout) s",
        remedy: "see its log, and restart it", errno: error.code)
    case let error as Errno: error.failure("ask", peer, remedy: "is it running?")
    case let error as WireError:
      Failure(.protocol, operation: "ask", object: peer, cause: "its answer is malformed: \(error)")
    case let error as Failure: error
    default: Failure(.internal, operation: "ask", object: peer, cause: "\(error)")
    }
  }

  private mutating func answer<R: Request>(_ type: R.Type, id: UInt32, expecting: Int) throws -> Answer<R.Reply> {
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    let packet = try Packets.receive(into: &buffer, maxDescriptors: max(1, expecting), from: socket.raw)
    guard packet.length > 0 else {
      throw Failure(
        .unavailable, operation: "ask", object: peer, cause: "it closed the connection", remedy: "see its log")
    }
    var decoder = Decoder(Array(buffer.prefix(packet.length)))
    let header = try Frame.header(&decoder)
    guard header.id == id, header.verb == R.verb else { throw WireError.badValue }
    switch header.kind {
    case .request: throw WireError.badValue
    case .refusal:
      let refusal = try Frame.body(Refusal.self, &decoder).failure
      isUsable = true
      throw refusal
    case .reply:
      guard packet.descriptors.count <= expecting else { throw WireError.badValue }
      let body = try Frame.body(R.Reply.self, &decoder)
      isUsable = true
      return Answer(body: body, packet: packet)
    }
  }
}

/// A question that was asked and not answered yet.
public struct Question<R: Request>: Sendable {
  let id: UInt32
}

/// An answer and the descriptors that came with it.
public struct Answer<Body: Message>: ~Copyable {
  /// The message.
  public let body: Body
  private var descriptors: DescriptorList

  init(body: Body, packet: consuming Packet) {
    self.body = body
    descriptors = DescriptorList(owning: [])
    for index in 0..<packet.descriptors.count {
      if let descriptor = packet.descriptors.take(index) { descriptors.append(descriptor) }
    }
  }

  /// Takes the descriptor at `index`; nil if the answer had none there.
  public mutating func take(_ index: Int = 0) -> Descriptor? { descriptors.take(index) }
}
