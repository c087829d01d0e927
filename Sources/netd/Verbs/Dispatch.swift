import Failure
import IPC
import IPCFrames
import Linux
import NetworkPlan

/// Why a connection is closed without an answer.
struct ProtocolViolation: Error {
  let why: String
}

/// A request on its way through: who asks, what the table allows, and the descriptor that goes with the answer.
struct Asking: ~Copyable {
  let client: Client
  let rule: VerbRule
  /// The client's number for it.
  let id: UInt32
  let now: Int64
  var descriptor: Descriptor?
  /// Whether the answer comes later.
  var isDeferred = false

  var uid: UInt32 { client.peer.uid }
  /// Whose objects may be seen.
  var viewer: Viewer { Viewer(uid: rule.seesAll(uid: uid) ? nil : uid, now: now) }
}

extension Daemon {
  /// Answers one packet.
  /// - Throws: `ProtocolViolation` if it is outside the protocol.
  func answer(_ packet: [UInt8], from client: Client, now: Int64) throws(ProtocolViolation) {
    var decoder = Decoder(packet)
    guard let header = try? Frame.header(&decoder), header.kind == .request else {
      throw ProtocolViolation(why: "malformed frame")
    }
    guard let rule = VerbRule.find(header.verb, in: client.phase) else {
      throw ProtocolViolation(why: "verb \(header.verb) is unknown or out of phase")
    }
    // Descriptors that nobody takes in would count against all of netd's.
    if rule.givesDescriptor, Packets.unread(by: client.socket.raw) > 0 {
      throw ProtocolViolation(why: "answers are not read")
    }
    client.heardAt = now
    var asking = Asking(client: client, rule: rule, id: header.id, now: now, descriptor: nil)
    let bytes: [UInt8]
    do { bytes = try rule.answer(self, &decoder, &asking) } catch {
      throw ProtocolViolation(why: "malformed \(rule.verb): \(error)")
    }
    if asking.isDeferred { return }
    let numbers: [Int32] = if let descriptor = asking.descriptor.take() { [descriptor.release()] } else { [] }
    let copies = DescriptorList(owning: numbers)
    do { try Packets.send(bytes, numbers: copies.raw, to: client.socket.raw) } catch {
      throw ProtocolViolation(why: "it does not take its answers: \(error)")
    }
  }

  func run<R: Request>(
    _ decoder: inout Decoder, _ asking: inout Asking, _ body: (R, inout Asking) throws(Failure) -> R.Reply
  ) throws(WireError) -> [UInt8] {
    let request = try Frame.body(R.self, &decoder)
    let verb = asking.rule.verb
    do {
      try admit(asking.client, asking.rule, now: asking.now)
      let reply = try body(request, &asking)
      totals.note(verb, isGranted: true)
      return try Frame.encode(FrameHeader(id: asking.id, verb: verb.rawValue, kind: .reply), reply)
    } catch let failure as Failure {
      totals.note(verb, isGranted: false)
      log.write(.info, "refused to \(asking.client.text): \(failure)")
      return Frame.encodeRefusal(id: asking.id, verb: verb.rawValue, failure)
    } catch let error as WireError { throw error } catch { throw .badValue }
  }
}
