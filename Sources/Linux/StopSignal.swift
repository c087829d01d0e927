public import Failure
import Glibc
import Synchronization

/// Turns SIGTERM and SIGINT into a readable descriptor.
public enum StopSignal {
  /// Where the handler writes; the only thing that it may touch.
  private static let pipe = Atomic<Int32>(-1)

  /// Installs the handlers. The answer becomes readable when it is time to stop.
  public static func install() throws(Failure) -> Descriptor {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw Errno(errno).failure("open pipe") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    pipe.store(ends[1], ordering: .relaxed)
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in
        var byte: UInt8 = 1
        _ = write(StopSignal.pipe.load(ordering: .relaxed), &byte, 1)
      }
    }
    signal(SIGPIPE, SIG_IGN)
    unblockAll()
    return Descriptor(owning: ends[0])
  }

  /// Unblocks every signal: a careless parent's mask is inherited through exec, and would make us deaf to SIGTERM.
  public static func unblockAll() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
  }
}
