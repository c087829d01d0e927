import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux

/// Round trips to a process that answers with a descriptor, in the frames that netd and its clients use.
enum Descriptors {
  /// The word that makes this program the answering side.
  static let answering = "answer-descriptors"
  private static let warmUp = 500
  private static let end: Int32 = 3

  static func measure(_ count: Int) throws {
    var ends = try UnixSocket.pair(.packets)
    guard let ours = ends.take(0), let theirs = ends.take(1) else { throw Errno(EBADF) }
    _ = try ProcessHandle.spawn(
      "/proc/self/exe", arguments: ["bench", answering], environment: [],
      descriptors: [(2, 2), (theirs.raw, end)])
    _ = consume theirs
    var peer = Connection(ours, peer: "the answering side")
    for round in -warmUp..<count {
      let begun = Stopwatch.now()
      var answer = try peer.call(Device(kind: .kvm), expecting: 1)
      let descriptor = answer.take()
      let ended = Stopwatch.now()
      if descriptor == nil { throw Failure(.protocol, operation: "measure", cause: "an answer without a descriptor") }
      if round >= 0 { sample(begun, ended) }
    }
  }

  /// Answers until the other side is gone.
  static func answer() throws {
    let socket = Descriptor(owning: end)
    let null = try Files.open("/dev/null", O_RDWR)
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    while true {
      let packet = try Packets.receive(into: &buffer, maxDescriptors: 0, from: socket.raw)
      guard packet.length > 0 else { return }
      var decoder = Decoder(Array(buffer.prefix(packet.length)))
      let header = try Frame.header(&decoder)
      _ = try Frame.body(Device.self, &decoder)
      let reply = try Frame.encode(FrameHeader(id: header.id, verb: header.verb, kind: .reply), Empty())
      try Packets.send(reply, numbers: [null.raw], to: socket.raw)
    }
  }
}
