import Dispatch
import Failure
import Glibc
import Linux
import Text

/// The process's own standard input, as a whole.
enum StandardInput {
  private static let operation = "read standard input"

  /// Reads to its end, off the threads that tasks run on.
  /// - Parameter vm: the VM that it is for.
  /// - Throws: `.invalid` for a terminal, or if it is more than goes to a guest's program.
  static func all(for vm: String) async throws(Failure) -> [UInt8] {
    guard isatty(0) == 0 else {
      throw Failure(
        .invalid, operation: operation, cause: "it is a terminal, and the guest's agent takes input only as a whole",
        remedy: "give it from a file or a pipe, or use the console: vmsupervisor console \(vm)")
    }
    let result: Result<[UInt8], Failure> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(Failure) in try read() })
      }
    }
    return try result.get()
  }

  private static func read() throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(0, &room, room.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var entry = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
          poll(&entry, 1, -1)
          continue
        }
        throw Errno(errno).failure(operation)
      }
      bytes += room[..<count]
      guard bytes.count <= GuestInput.most else {
        throw Failure(
          .invalid, operation: operation,
          cause: "it has more than \(GuestInput.most >> 20) MiB, which are the most that go to a guest's program",
          remedy: "give the data to the guest on a disk or over the network")
      }
    }
  }

  /// Whether somebody has given input that nobody has read: bytes in a pipe or socket, or a file from its beginning. A file
  /// that was read from belongs to whoever reads it, such as a loop of a shell.
  static var isWaiting: Bool {
    var status = stat()
    guard fstat(0, &status) == 0 else { return false }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return status.st_size > 0 && lseek(0, 0, SEEK_CUR) == 0
    case S_IFIFO, S_IFSOCK:
      var count: Int32 = 0
      return ioctl(0, UInt(FIONREAD), &count) == 0 && count > 0
    default: return false
    }
  }
}

/// Arguments that are no text: the runtime gives them with U+FFFD in place of what it could not read.
package enum UnreadableArgument {
  /// The number of the first that is not UTF-8, counted from 1; nil if all are.
  package static var first: Int? { first(in: CommandLine.unsafeArgv, CommandLine.argc) }

  package static func first(in words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ count: Int32) -> Int? {
    (1..<max(1, Int(count))).first { index in
      guard let word = words[index] else { return false }
      return String(validatingCString: word) == nil
    }
  }
}
