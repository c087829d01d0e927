import Glibc
import Synchronization

/// An owned file descriptor. It closes itself once, and cannot be copied: handing it over is a `consume`.
public struct Descriptor: ~Copyable, Sendable {
  /// The number, valid as long as this value lives.
  public let raw: Int32

  /// Takes ownership of `raw`, which nobody else may close from now on.
  public init(owning raw: Int32) { self.raw = raw }

  deinit { close(raw) }

  /// About how many descriptors the process has open, and how many it may have; both 0 if the kernel does not say.
  public static func usage() -> (used: UInt32, most: UInt32) {
    let file = open("/proc/self/limits", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return (0, 0) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = max(0, read(file, &bytes, bytes.count))
    let text = String(decoding: bytes.prefix(count), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
    let most = line?.split(separator: " ").dropFirst(3).first.flatMap { UInt32($0) } ?? 0
    // The lowest number was free: what is below it is taken.
    return (UInt32(file), most)
  }

  /// Gives ownership up; the caller must close the number.
  public consuming func release() -> Int32 {
    let number = raw
    discard self
    return number
  }
}

/// A place that several owners can reach, out of which exactly one takes the descriptor.
///
/// Needed where a `~Copyable` value has to cross an escaping closure or an actor's queue.
public final class DescriptorCell: Sendable {
  private let slot: Mutex<Descriptor?>

  /// Puts `descriptor` into the cell.
  public init(_ descriptor: consuming Descriptor) { slot = Mutex(descriptor) }

  /// The descriptor on the first call, nil ever after.
  public func take() -> Descriptor? { slot.withLock { $0.take() } }

  /// Shows the number to `body` while nobody can take it; does nothing once it is taken.
  public func peek(_ body: (Int32) -> Void) {
    slot.withLock { slot in
      switch slot {
      case .some(let descriptor): body(descriptor.raw)
      case .none: break
      }
    }
  }
}
