public import Failure
import FoundationEssentials

/// A part of a file in a guest.
public struct GuestFilePart: Hashable, Sendable {
  /// Its bytes.
  public var data: [UInt8]
  /// Bytes of the whole file; 0 for files that do not know, such as those of /proc.
  public var total: UInt64
  /// Whether the file ends with this part.
  public var isEnd: Bool
}

/// Files and the clock of the guest (qga/qapi-schema.json of QEMU).
extension GuestAgent {
  /// Most bytes of a file that go in one message, either way.
  private static let chunk = 1 << 20

  /// Sets the guest's clock, and its hardware clock with it (`guest-set-time`).
  /// - Parameter time: nanoseconds since 1970.
  public func setTime(_ time: Int64) async throws(Failure) {
    // Without the argument the agent would take it from the hardware clock, which another call may have set wrongly.
    _ = try await request("guest-set-time", arguments: ["time": .integer(time)])
  }

  /// Reads from a file in the guest.
  /// - Parameter limit: most bytes.
  public func read(_ path: String, from offset: UInt64, limit: Int) async throws(Failure) -> GuestFilePart {
    let handle = try await open(path, "r")
    return try await closing(handle) { () throws(Failure) in
      // A file of /proc has no end to go to.
      let total = (try? await self.seek(handle, 0, from: "end")) ?? 0
      _ = try await self.seek(handle, Int64(clamping: offset), from: "set")
      var part = GuestFilePart(data: [], total: total, isEnd: false)
      while !part.isEnd, part.data.count < limit {
        let count = min(Self.chunk, limit - part.data.count)
        let answer = try await self.request(
          "guest-file-read", arguments: ["handle": .integer(handle), "count": .integer(Int64(count))])
        guard let text = answer["buf-b64"]?.string, let data = Data(base64Encoded: text), data.count <= count else {
          throw Self.broken("guest-file-read")
        }
        part.data += data
        part.isEnd = answer["eof"]?.bool ?? false || data.isEmpty
      }
      if UInt64(part.data.count) + offset >= total, total > 0 { part.isEnd = true }
      return part
    }
  }

  /// Writes a file in the guest; what was in it is gone.
  public func write(_ data: [UInt8], to path: String) async throws(Failure) {
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

  private func open(_ path: String, _ mode: String) async throws(Failure) -> Int64 {
    let answer = try await request("guest-file-open", arguments: ["path": .string(path), "mode": .string(mode)])
    guard let handle = answer.integer else { throw Self.broken("guest-file-open") }
    return handle
  }

  private func seek(_ handle: Int64, _ offset: Int64, from whence: String) async throws(Failure) -> UInt64 {
    let answer = try await request(
      "guest-file-seek",
      arguments: ["handle": .integer(handle), "offset": .integer(offset), "whence": .string(whence)])
    return UInt64(max(0, answer["position"]?.integer ?? 0))
  }

  private func closing<R: Sendable>(
    _ handle: Int64, _ body: () async throws(Failure) -> R
  ) async throws(Failure) -> R {
    let result: Result<R, Failure>
    do throws(Failure) { result = .success(try await body()) } catch { result = .failure(error) }
    _ = try? await request("guest-file-close", arguments: ["handle": .integer(handle)])
    return try result.get()
  }

  private static func broken(_ what: String) -> Failure {
    Failure(.protocol, step: "read guest agent's answer", object: what, cause: "it does not have the promised form")
  }
}
