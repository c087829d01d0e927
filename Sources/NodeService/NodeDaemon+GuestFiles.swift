import Failure
import FoundationEssentials
import GRPCCore
import Hypervisor
import NodeAPI
import SwiftProtobuf

/// The guest's clock and files, through its agent.
extension NodeDaemon {
  /// Most bytes of a file in one answer, and as much as the agent takes at a time for a guest of 128 MiB.
  private static let largestFile = 16 << 20
  /// The same for callers who do not say how much they want: what clients take that were not told otherwise.
  private static let usualFile = Limiquantix_Node_V1_ExecuteInGuestResponse.outputLimit

  func syncTime(
    request: Limiquantix_Node_V1_SyncTimeRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_SyncTimeResponse {
    let agent = try await agent(request.vmID, "set guest's clock")
    let (before, after) = try await whileCalled(context.cancellation) {
      try await refusing { try await agent.synchronizeClock(force: request.force) }
    }
    return .with {
      $0.success = true
      $0.offsetSeconds = before
      $0.offsetAfterSeconds = after
      $0.timeSource = "host"
    }
  }

  func readGuestFile(
    request: Limiquantix_Node_V1_ReadGuestFileRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ReadGuestFileResponse {
    let agent = try await agent(request.vmID, "read guest's file")
    let limit = request.maxSize == 0 ? Self.usualFile : Int(clamping: request.maxSize)
    return try await whileCalled(context.cancellation) {
      try await refusing {
        guard limit <= Self.largestFile else {
          throw Failure(
            .invalid, operation: "read guest's file", object: request.path,
            cause: "\(request.maxSize) bytes are asked for, \(Self.largestFile) is the most at a time",
            remedy: "read it in parts: offset, max_size")
        }
        let part = try await agent.read(request.path, from: request.offset, limit: limit)
        return .with {
          $0.success = true
          $0.data = Data(part.data)
          $0.totalSize = part.total
          $0.eof = part.isEnd
        }
      }
    }
  }

  func writeGuestFile(
    request: Limiquantix_Node_V1_WriteGuestFileRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_WriteGuestFileResponse {
    let operation = "write guest's file"
    let agent = try await agent(request.vmID, operation)
    let isAtomic = try await whileCalled(context.cancellation) {
      try await refusing {
        guard request.mode <= 0o7777 else {
          throw Failure(
            .invalid, operation: operation, object: request.path,
            cause: "the mode \(String(request.mode, radix: 8)) has more bits",
            remedy: "use permission bits, up to 7777 in octal")
        }
        let parts = request.path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        if request.createParents, !folder.isEmpty { try await agent.makeFolders(folder) }
        return try await agent.replace(
          request.path, with: Array(request.data), mode: request.mode, owner: request.owner)
      }
    }
    return .with {
      $0.success = true
      $0.bytesWritten = UInt64(request.data.count)
      $0.isAtomic = isAtomic
    }
  }
}

extension GuestAgent {
  /// Sets the guest's clock to the host's.
  /// - Parameter force: whether also a clock that is right to a tenth of a second is set.
  /// - Returns: seconds that it was ahead before, and is now, as measured.
  func synchronizeClock(force: Bool = false) async throws(Failure) -> (before: Double, after: Double) {
    let before = try await clockOffset()
    guard force || abs(before) > 0.1 else { return (before, before) }
    try await setTime(Int64(Date().timeIntervalSince1970 * 1e9))
    return (before, try await clockOffset())
  }

  private func clockOffset() async throws(Failure) -> Double {
    let before = Date()
    let guest = Double(try await time()) / 1e9
    // The agent looked at its clock somewhere between question and answer.
    return guest - (before.timeIntervalSince1970 + Date().timeIntervalSince1970) / 2
  }
}
