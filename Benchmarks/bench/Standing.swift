import Failure
import Foundation
import Glibc
import Linux

/// How long a guest stands, by what its hypervisor says at its spare monitor: STOP and RESUME with its own times.
final class Standing {
  private let lines: UnsafeMutablePointer<FILE>

  init(monitor path: String) throws {
    let socket = try UnixSocket.connect(path, .stream)
    try Files.writeAll(Array("{\"execute\": \"qmp_capabilities\"}\n".utf8), to: socket.raw)
    guard let lines = fdopen(dup(socket.raw), "r") else {
      throw Failure(.system, operation: "read monitor", object: path, cause: "no stream can be made of it")
    }
    self.lines = lines
  }

  deinit { fclose(lines) }

  /// From the next stop to when the guest goes on.
  func nanoseconds() throws -> UInt64 {
    var stopped: UInt64?
    while let event = try next() {
      switch event.name {
      case "STOP": stopped = event.time
      case "RESUME": if let stopped { return event.time - stopped }
      default: break
      }
    }
    throw Failure(.protocol, operation: "read monitor", cause: "it closed before the guest went on")
  }

  private func next() throws -> (name: String, time: UInt64)? {
    var line: UnsafeMutablePointer<CChar>?
    var room = 0
    defer { free(line) }
    while getline(&line, &room, lines) > 0 {
      guard let line,
        let message = try JSONSerialization.jsonObject(with: Data(String(cString: line).utf8)) as? [String: Any],
        let name = message["event"] as? String, let time = message["timestamp"] as? [String: Any],
        let seconds = time["seconds"] as? UInt64, let microseconds = time["microseconds"] as? UInt64
      else { continue }
      return (name, (seconds * 1_000_000 + microseconds) * 1000)
    }
    return nil
  }
}
