import Failure
import IPC
import Linux

/// Why a connection is closed without an answer.
struct Breach: Error {
  let why: String
}

/// A request on its way through: who asks, what the table allows, and the descriptor that goes with the answer.
struct Asking: ~Copyable {
  let client: Client
  let rule: VerbRule
  let now: Int64
  var descriptor: Descriptor?

  var uid: UInt32 { client.peer.uid }
  /// The only uid whose objects may be seen; nil for all.
  var visible: UInt32? { rule.reach == .ownOrAllForRoot && uid == 0 ? nil : uid }
}

extension Daemon {
  /// Answers one packet.
  /// - Throws: `Breach` if it is outside the protocol.
  func answer(_ packet: [UInt8], from client: Client, now: Int64) throws(Breach) {
    var decoder = Decoder(packet)
    guard let header = try? Frame.header(&decoder), header.kind == .request else {
      throw Breach(why: "malformed frame")
    }
    guard let rule = VerbRule.find(header.verb, in: client.phase) else {
      throw Breach(why: "verb \(header.verb) is unknown or out of phase")
    }
    // Descriptors that nobody takes in would count against all of netd's.
    if rule.verb == .attach || rule.verb == .device, client.unread > 0 { throw Breach(why: "answers are not read") }
    var asking = Asking(client: client, rule: rule, now: now, descriptor: nil)
    let bytes: [UInt8]
    do {
      bytes =
        switch rule.verb {
        case .hello: try run(header, &decoder, &asking, hello)
        case .keep: try run(header, &decoder, &asking, keep)
        case .attach: try run(header, &decoder, &asking, attach)
        case .detach: try run(header, &decoder, &asking, detach)
        case .device: try run(header, &decoder, &asking, device)
        case .ports: try run(header, &decoder, &asking, ports)
        case .audit: try run(header, &decoder, &asking, audit)
        case .forget: try run(header, &decoder, &asking, forget)
        }
    } catch { throw Breach(why: "malformed \(rule.verb): \(error)") }
    let numbers: [Int32] = if let descriptor = asking.descriptor.take() { [descriptor.release()] } else { [] }
    let copies = DescriptorList(owning: numbers)
    do { try Packets.send(bytes, numbers: copies.raw, to: client.socket.raw) } catch {
      throw Breach(why: "it does not take its answers: \(error)")
    }
  }

  private func run<R: Request>(
    _ header: FrameHeader, _ decoder: inout Decoder, _ asking: inout Asking,
    _ body: (R, inout Asking) throws(Failure) -> R.Reply
  ) throws(WireError) -> [UInt8] {
    let request = try Frame.body(R.self, &decoder)
    do {
      let reply = try body(request, &asking)
      return try Frame.encode(FrameHeader(id: header.id, verb: header.verb, kind: .reply), reply)
    } catch let failure as Failure {
      log.write(.info, "refused to \(asking.client.text): \(failure)")
      return Frame.encodeRefusal(id: header.id, verb: header.verb, failure)
    } catch let error as WireError { throw error } catch { throw .badValue }
  }

  func hello(_ request: Hello, _ asking: inout Asking) throws(Failure) -> Hello.Reply {
    asking.client.name = request.client
    guard request.oldest <= Wire.newestVersion, request.newest >= Wire.oldestVersion, request.oldest <= request.newest
    else {
      asking.client.isDone = true
      throw Failure(
        .protocol, step: "agree on a version", object: "netd \(Release.version)",
        cause: "it speaks protocol \(Wire.oldestVersion) to \(Wire.newestVersion), "
          + "the client \(request.oldest) to \(request.newest)", cure: "install the same release of both")
    }
    asking.client.phase = .greeted
    var reply = Hello.Reply()
    reply.version = min(request.newest, Wire.newestVersion)
    reply.server = Release.version
    reply.grace = UInt32((settings.grace.milliseconds + 999) / 1000)
    reply.networks = settings.networks.map(\.name)
    return reply
  }

  func device(_ request: Device, _ asking: inout Asking) throws(Failure) -> Empty {
    asking.descriptor = try Devices(allowed: settings.devices).open(request.kind)
    return Empty()
  }
}
