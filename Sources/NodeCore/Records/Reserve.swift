import Glibc
import Linux
import Storage
import Synchronization

/// Room on the state disk that nobody else can fill: given up when ending a VM needs to write and there is none left, and
/// taken again when there is some.
final class Reserve: Sendable {
  /// A file of the state folder that holds nothing.
  let path: String
  private let state = Mutex(State())

  /// Bytes; records of a hundred VMs that outgrow their room at once.
  static let size = 1 << 20
  /// Milliseconds between two attempts to have it again.
  private static let pause: Int64 = 10_000

  private struct State {
    var isThere = false
    var lastAttempt: Int64?
  }

  init(_ paths: Paths) { path = paths.state + "/reserve" }

  /// Takes the room, unless it is taken already or there is not much more than that. Asked often; looks now and then.
  func keep(now: Int64 = Clock.now()) {
    state.withLock { state in
      guard !state.isThere, state.lastAttempt.map({ now - $0 >= Self.pause }) ?? true else { return }
      state.lastAttempt = now
      state.isThere = take()
    }
  }

  /// Gives the room back.
  /// - Returns: whether there was any.
  func giveUp(now: Int64 = Clock.now()) -> Bool {
    state.withLock { state in
      // Not had again at once: whoever it is for needs it first.
      state = State(isThere: false, lastAttempt: now)
      return unlink(path) == 0
    }
  }

  private func take() -> Bool {
    var status = stat()
    if stat(path, &status) == 0, Int(status.st_size) == Self.size { return true }
    // Others need some too: the last of a disk is not for a reserve.
    guard let space = FileSystemSpace("reserve", path: path), space.freeBytes >= UInt64(2 * Self.size) else {
      return false
    }
    guard let file = try? Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW) else { return false }
    guard posix_fallocate(file.raw, 0, off_t(Self.size)) == 0 else {
      unlink(path)
      return false
    }
    return true
  }
}
