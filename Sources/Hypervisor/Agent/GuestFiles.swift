package import Failure
import FoundationEssentials

/// A part of a file in a guest.
package struct GuestFilePart: Hashable, Sendable {
  /// Its bytes.
  package var data: [UInt8]
  /// Bytes of the whole file; 0 for files that do not know, such as those of /proc.
  package var total: UInt64
  /// Whether the file ends with this part.
  package var isEnd: Bool
}

/// Files and the clock of the guest (qga/qapi-schema.json of QEMU).
extension GuestAgent {
  /// Most bytes of a file that go in one message, either way.
  private static let chunk = 1 << 20

  /// Sets the guest's clock, and its hardware clock with it (`guest-set-time`).
  /// - Parameter time: nanoseconds since 1970.
  package func setTime(_ time: Int64) async throws(Failure) {
    // Without the argument the agent would take it from the hardware clock, which another call may have set wrongly.
    _ = try await request("guest-set-time", arguments: ["time": .integer(time)])
  }

  /// Reads from a file in the guest.
  /// - Parameters:
  ///   - limit: most bytes.
  ///   - deadline: for all of it; without one each request has its usual time.
  /// - Throws: `.invalid` for a place that no file has.
  package func read(
    _ path: String, from offset: UInt64, limit: Int, deadline: ContinuousClock.Instant? = nil
  ) async throws(Failure) -> GuestFilePart {
    guard let place = Int64(exactly: offset) else {
      throw Failure(
        .invalid, part: .agent, operation: "read guest's file", object: path,
        cause: "the offset \(offset) is beyond every file; \(Int64.max) is the most", remedy: "begin within the file")
    }
    try Self.check(path)
    let handle = try await open(path, "r", deadline)
    return try await closing(handle, deadline) { () throws(Failure) in
      // A file of /proc has no end to go to.
      let total = (try? await self.seek(handle, 0, from: "end", deadline)) ?? 0
      _ = try await self.seek(handle, place, from: "set", deadline)
      var part = GuestFilePart(data: [], total: total, isEnd: false)
      while !part.isEnd, part.data.count < limit {
        let count = min(Self.chunk, limit - part.data.count)
        let answer = try await self.request(
          "guest-file-read", arguments: ["handle": .integer(handle), "count": .integer(Int64(count))],
          deadline: deadline, bounds: .encoded(Self.chunk, texts: 1))
        guard let text = answer["buf-b64"]?.string, let data = Data(base64Encoded: text), data.count <= count else {
          throw Self.broken("guest-file-read")
        }
        part.data += data
        part.isEnd = answer["eof"]?.bool ?? false || data.isEmpty
      }
      // Neither is more than half of what fits.
      if UInt64(part.data.count) + UInt64(place) >= total, total > 0 { part.isEnd = true }
      return part
    }
  }

  /// Writes a file in the guest; what was in it is gone.
  package func write(_ data: [UInt8], to path: String) async throws(Failure) {
    try Self.check(path)
    let handle = try await open(path, "w")
    try await closing(handle) { () throws(Failure) in
      var rest = data[...]
      while !rest.isEmpty {
        let piece = Data(rest.prefix(Self.chunk)).base64EncodedString()
        let answer = try await self.request(
          "guest-file-write", arguments: ["handle": .integer(handle), "buf-b64": .string(piece)])
        guard let count = answer["count"]?.integer, count > 0, count <= Int64(rest.count) else {
          throw Self.broken("guest-file-write")
        }
        rest = rest.dropFirst(Int(count))
      }
      _ = try await self.request("guest-file-flush", arguments: ["handle": .integer(handle)])
    }
  }

  /// A path goes to the agent as text.
  private static func check(_ path: String) throws(Failure) {
    guard path.isEmpty || path.utf8.contains(0) else { return }
    throw Failure(
      .invalid, part: .agent, operation: "open guest's file", object: "path",
      cause: path.isEmpty ? "it is empty" : "it has a NUL byte",
      remedy: "name a file of the guest")
  }

  private func open(
    _ path: String, _ mode: String, _ deadline: ContinuousClock.Instant? = nil
  ) async throws(Failure) -> Int64 {
    let answer = try await request(
      "guest-file-open", arguments: ["path": .string(path), "mode": .string(mode)], deadline: deadline)
    guard let handle = answer.integer else { throw Self.broken("guest-file-open") }
    return handle
  }

  private func seek(
    _ handle: Int64, _ offset: Int64, from whence: String, _ deadline: ContinuousClock.Instant?
  ) async throws(Failure) -> UInt64 {
    let answer = try await request(
      "guest-file-seek",
      arguments: ["handle": .integer(handle), "offset": .integer(offset), "whence": .string(whence)], deadline: deadline
    )
    return UInt64(max(0, answer["position"]?.integer ?? 0))
  }

  private func closing<R: Sendable>(
    _ handle: Int64, _ deadline: ContinuousClock.Instant? = nil, _ body: () async throws(Failure) -> R
  ) async throws(Failure) -> R {
    let close = { @Sendable in _ = try? await self.request("guest-file-close", arguments: ["handle": .integer(handle)])
    }
    do throws(Failure) {
      let result = try await body()
      if deadline == nil { await close() } else { Task { await close() } }
      return result
    } catch {
      // Beside: whoever gave up waits for nothing any more, and what was cancelled sends nothing.
      Task { await close() }
      throw error
    }
  }

  private static func broken(_ what: String) -> Failure {
    Failure(
      .protocol, part: .agent, operation: "read guest agent's answer", object: what,
      cause: "it does not have the promised form")
  }
}
