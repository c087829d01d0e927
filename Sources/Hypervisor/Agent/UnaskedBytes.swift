/// Counts what a guest sends on its agent's port without having been asked.
///
/// Late answers to requests that nobody waits for any more come unasked too, so each of those adds what it may be.
struct UnaskedBytes: Sendable {
  /// Bytes that are no reason for anything: an agent that is started and stopped in the middle of what it says.
  static let allowance = 256 << 10
  /// Most bytes that late answers are waited for with.
  static let mostOwed = 64 << 20

  private var count = 0
  private var owed = 0

  /// Somebody asks: what was sent before is forgotten.
  mutating func ask() { count = 0 }

  /// An answer of at most that many bytes may come when nobody waits for it.
  mutating func owe(_ bytes: Int) { owed = min(Self.mostOwed, owed + bytes) }

  /// Everything that was asked before has been answered or was lost.
  mutating func settle() {
    count = 0
    owed = 0
  }

  /// Adds bytes.
  mutating func add(_ bytes: Int) { count = min(Self.mostOwed * 2, count + bytes) }

  /// Whether they are too many.
  var isTooMuch: Bool { count > Self.allowance + owed }
}
