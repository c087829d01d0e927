import Failure
import IPC
import IPCFrames
import IPCPeer
import Linux

/// What is said between the supervisor and a launcher, from the plan to the executed program. Blocks.
struct LaunchConversation: ~Copyable {
  let socket: Int32
  let pid: Int32
  let users: SubordinateUsers
  /// The user that the launcher is given when it asks.
  let user: UInt32?
  /// What the launcher said last.
  private(set) var report = LaunchReport()
  /// The descriptor that came with it, if any.
  var listener = DescriptorList()

  private static let operation = "launch hypervisor"

  init(socket: Int32, pid: Int32, users: SubordinateUsers, user: UInt32?) {
    self.socket = socket
    self.pid = pid
    self.users = users
    self.user = user
  }

  /// Sends the plan with its descriptors, then the compiled list of system calls.
  func send(_ order: LaunchPlan, numbers: [Int32], gate instructions: [UInt64]) throws(Failure) {
    var gate = LaunchGate()
    gate.instructions = instructions
    do {
      let header = FrameHeader(id: 1, verb: LaunchPlan.verb, kind: .request)
      try Packets.send(try Frame.encode(header, order), numbers: numbers, to: socket)
      let second = FrameHeader(id: 2, verb: LaunchGate.verb, kind: .request)
      try Packets.send(try Frame.encode(second, gate), to: socket)
    } catch let error as Errno {
      throw error.failure(Self.operation, order.program).of(.hypervisor)
    } catch {
      throw Failure(
        .invalid, part: .hypervisor, operation: Self.operation, object: order.program,
        cause: "the plan does not fit the protocol: \(error)")
    }
  }

  /// Hears the launcher until its socket closes, which exec does.
  mutating func listen() throws(Failure) {
    do {
      while try hear() {}
    } catch let error as Failure {
      throw error
    } catch let error as Errno {
      throw error.failure(Self.operation).of(.hypervisor)
    } catch {
      throw Failure(
        .protocol, part: .hypervisor, operation: Self.operation, cause: "the launcher's words are malformed: \(error)")
    }
  }

  /// Takes one packet; false at the end.
  private mutating func hear() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    var packet = try Packets.receive(into: &buffer, maxDescriptors: 1, from: socket)
    guard packet.length > 0 else { return false }
    var decoder = Decoder(Array(buffer.prefix(packet.length)))
    let header = try Frame.header(&decoder)
    switch (header.kind, header.verb) {
    case (.refusal, LaunchPlan.verb): throw try Frame.body(Refusal.self, &decoder).failure
    case (.reply, LaunchPlan.verb):
      report = try Frame.body(LaunchReport.self, &decoder)
      if let descriptor = packet.descriptors.take(0) { listener.append(descriptor) }
    case (.request, LaunchIdentity.verb): try answer(header.id)
    default: throw WireError.badValue
    }
    return true
  }

  private func answer(_ id: UInt32) throws {
    guard let user else { throw WireError.badValue }
    do throws(Failure) { try users.map(user, into: pid) } catch {
      return try Packets.send(Frame.encodeRefusal(id: id, verb: LaunchIdentity.verb, error), to: socket)
    }
    try Packets.send(
      try Frame.encode(FrameHeader(id: id, verb: LaunchIdentity.verb, kind: .reply), Empty()), to: socket)
  }
}
