import Seeded
import Testing

@testable import NodeCore

@Suite struct ByteRingTests {
  /// Against the whole stream as a model: what is kept is its end, in pieces of any size, at any place.
  @Test(arguments: [1, 7, 4096, 5000, 70_000])
  func keepsTheEndOfTheStream(limit: Int) {
    var random = SeededRandom(seed: UInt64(limit))
    var ring = ByteRing(limit: limit)
    var stream: [UInt8] = []
    for round in 0..<400 {
      let length = Int.random(in: 0...(round % 7 == 0 ? 2 * limit : 1 + limit / 5), using: &random)
      let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      bytes.withUnsafeBytes { ring.append($0) }
      stream += bytes
      #expect(ring.end == stream.count && ring.count == min(limit, stream.count) && ring.allocated <= limit)
      let from = Int.random(in: Int(ring.start)...stream.count, using: &random)
      let most = Int.random(in: 0...limit, using: &random)
      #expect(ring.read(from: UInt64(from), limit: most) == Array(stream[from...].prefix(most)))
      #expect(ring.start == 0 || ring.read(from: ring.start - 1, limit: 1).isEmpty)
    }
  }

  @Test func takesMemoryAsItIsUsedAndGivesItBack() {
    var ring = ByteRing(limit: 1 << 20)
    #expect(ring.allocated == 0)
    [UInt8](repeating: 1, count: 100).withUnsafeBytes { ring.append($0) }
    #expect(ring.allocated == 4096)
    [UInt8](repeating: 1, count: 3 << 20).withUnsafeBytes { ring.append($0) }
    #expect(ring.allocated == 1 << 20)
    ring.shift(by: 5)
    #expect(ring.end == 100 + (3 << 20) + 5)
    ring.restart(at: 7)
    #expect(ring.allocated == 0 && ring.end == 7 && ring.count == 0)
    ring.skip(10)
    #expect(ring.start == 17)
  }
}
