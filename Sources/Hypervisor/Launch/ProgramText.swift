import Dispatch
package import Failure
import Glibc
import Linux

/// The standard output of a short-lived program.
package enum ProgramText {
  /// Most bytes taken; the longest help of a hypervisor has about 60 kB.
  private static let limit = 1 << 20
  private static let deadline: Int64 = 20

  /// - Throws: why it cannot be run, `.timeout` after 20 s, or that it did not end with status 0.
  package static func read(_ path: String, _ arguments: [String]) async throws(Failure) -> String {
    let result: Result<String, Failure> = await withCheckedContinuation { continuation in
      // Blocking work has a thread of the dispatch pool, not one of the few of Swift's.
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(Failure) in try blocking(path, arguments) })
      }
    }
    return try result.get()
  }

  private static func blocking(_ path: String, _ arguments: [String]) throws(Failure) -> String {
    let operation = "run"
    do {
      var ends = try UnixSocket.pair(.stream)
      guard let ours = ends.take(0), let theirs = ends.take(1) else { throw Errno(EBADF) }
      let null = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
      guard null >= 0 else { throw Errno(errno) }
      let nothing = Descriptor(owning: null)
      let process = try ProcessHandle.spawn(
        path, arguments: [path] + arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"],
        descriptors: [(nothing.raw, 0), (theirs.raw, 1), (nothing.raw, 2)])
      _ = consume theirs
      let text = collect(ours.raw)
      if text == nil { try? process.signal(SIGKILL) }
      let end = try process.reap(blocking: true)
      guard let text else {
        throw Failure(
          .timeout, part: .hypervisor, operation: operation, object: path,
          cause: "no end of output within \(deadline) s")
      }
      guard end == .exited(0) else {
        throw Failure(
          .system, part: .hypervisor, operation: operation, object: path,
          cause: "`\(arguments.joined(separator: " "))` ended with \(end.map { "\($0)" } ?? "nothing")")
      }
      return text
    } catch let error as Errno {
      throw error.failure(operation, path, remedy: "install it, or point the configuration at the binary")
        .of(.hypervisor)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.internal, part: .hypervisor, operation: operation, object: path, cause: "\(error)")
    }
  }

  /// Everything until the end of the stream; nil if that does not come in time or is too much.
  private static func collect(_ descriptor: Int32) -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let end = ContinuousClock.now + .seconds(deadline)
    while bytes.count < limit {
      let left = (end - .now).components.seconds
      var watch = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = left < 0 ? 0 : poll(&watch, 1, Int32(left + 1) * 1000)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
    return nil
  }
}
