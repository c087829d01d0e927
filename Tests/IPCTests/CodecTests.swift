import Failure
import Foundation
import IPC
import IPCFrames
import IPCPeer
import Synchronization
import Seeded
import Testing

@Suite struct CodecTests {
  @Test func everyMessageComesBackAsItWas() {
    let seed = SeededRandom.seed("round trip")
    for specimen in Specimen.all {
      for step in 0..<300 as Range<UInt64> {
        if let wrong = specimen.roundTrip(seed &+ step) {
          Issue.record("\(specimen.name), step \(step): \(wrong)")
        }
      }
    }
  }

  @Test func aMillionFramesNeverTrap() {
    let seed = SeededRandom.seed("frames")
    let accepted = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { part in
      var random = SeededRandom(seed: seed &+ UInt64(part))
      var good = 0
      for _ in 0..<125_000 where Self.tryFrame(&random) { good += 1 }
      let own = good
      accepted.withLock { $0 += own }
    }
    let count = accepted.withLock { $0 }
    print("frames: \(count) of 1000000 were messages")
    #expect(count > 1000, "the mutations must leave some frames whole, or the test proves nothing")
  }

  /// One frame, random or mutated; true if it was a message.
  private static func tryFrame(_ random: inout SeededRandom) -> Bool {
    let specimen = Specimen.all[Int(random.next() % UInt64(Specimen.all.count))]
    var bytes: [UInt8]
    if random.next() % 4 == 0 {
      bytes = pool[Int(random.next() % UInt64(pool.count))]
      for _ in 0..<random.next() % 3 where !bytes.isEmpty {
        let at = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: at)
        default: bytes.removeLast(bytes.count - at)
        }
      }
    } else {
      bytes = []
      for _ in 0..<random.next() % 5 { withUnsafeBytes(of: random.next()) { bytes += $0 } }
    }
    var decoder = Decoder(bytes)
    guard (try? Frame.header(&decoder)) != nil else { return false }
    return specimen.decode(Array(bytes.dropFirst(Wire.headerSize)))
  }

  /// Well-formed packets of every type to mutate.
  private static let pool: [[UInt8]] = Specimen.all.flatMap { specimen in
    (0..<8 as Range<UInt64>).map { specimen.packet($0) }.filter { $0.count < 400 }
  }

  @Test func numbersLieLittleEndian() throws {
    let bytes = try Frame.encode(
      FrameHeader(id: 0x0403_0201, verb: 0x0605, kind: .request), Detach(handle: 0x1122_3344_5566_7788))
    #expect(bytes == [1, 2, 3, 4, 5, 6, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11])
  }

  @Test func whatIsLeftOverIsRefused() throws {
    let whole = try Frame.encode(FrameHeader(id: 1, verb: Verb.detach.rawValue, kind: .request), Detach(handle: 5))
    for (bytes, wanted) in [
      (whole + [0], WireError.trailingBytes), (Array(whole.dropLast()), .tooShort), ([], .tooShort),
      ([1, 0, 0, 0, 1, 0, 9, 0], .badValue), ([1, 0, 0, 0, 1, 0, 0, 1], .badValue),
    ] {
      #expect(throws: wanted) {
        var decoder = Decoder(bytes)
        _ = try Frame.header(&decoder)
        _ = try Frame.body(Detach.self, &decoder)
      }
    }
  }

  @Test func textsAreBoundedAndClean() {
    let header = FrameHeader(id: 1, verb: 1, kind: .request)
    #expect(throws: WireError.tooLong) { try Frame.encode(header, Hello(client: String(repeating: "x", count: 65))) }
    #expect(throws: WireError.badText) { try Frame.encode(header, Hello(client: "a\0b")) }
    #expect(throws: WireError.badText) {
      var decoder = Decoder([1, 0, 1, 0, 2, 0, 0xc3, 0x28])
      _ = try Frame.body(Hello.self, &decoder)
    }
  }

  @Test func refusalsKeepEveryFieldAndFitAlways() throws {
    for code in Failure.Code.allCases {
      let failure = Failure(code, operation: "attach port", object: "x", cause: "because", remedy: "so", errno: 16)
      var decoder = Decoder(Frame.encodeRefusal(id: 3, verb: 3, failure))
      #expect(try Frame.header(&decoder).kind == .refusal)
      #expect(try Frame.body(Refusal.self, &decoder).failure == failure)
    }
    let long = Failure(.internal, operation: String(repeating: "é", count: 5000), cause: "a\0b")
    #expect(Frame.encodeRefusal(id: 1, verb: 1, long).count > Wire.headerSize)
  }

  @Test func identitiesAreText() {
    let text = "0123abcd-4567-89ef-fedc-ba9876543210"
    #expect(VMIdentity(text)?.text == text)
    for bad in ["", "0123abcd456789effedcba9876543210", text + "0", "g" + text.dropFirst()] {
      #expect(VMIdentity(bad) == nil)
    }
  }
}
