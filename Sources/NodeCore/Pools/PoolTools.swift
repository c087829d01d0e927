import Failure
import Storage

/// Runs qemu-img for volumes: confined as for VMs, so many at once, each within a time, and none longer than its caller waits.
struct PoolTools: Sendable {
  let launcher: String
  let isStrict: Bool
  let confinement: HostConfinement
  private let gate = StartGate(limit: 2)

  init(launcher: String, isStrict: Bool, _ confinement: HostConfinement) {
    self.launcher = launcher
    self.isStrict = isStrict
    self.confinement = confinement
  }

  /// Longest that a copy may take; a TiB at 300 MB/s.
  private static let timeout: Duration = .seconds(3600)
  /// Seconds of processor time of one copy: unpacking a compressed image.
  private static let processorSeconds: UInt64 = 3600

  /// Runs `body` with a runner of its own, beside the threads that serve others.
  func run<R: Sendable>(
    _ body: @escaping @Sendable (any ToolRunner) throws(Failure) -> R
  ) async throws(Failure) -> R {
    let files = try await Tool.qemuImage.files()
    let room = ToolRoom(
      launcher: launcher, isStrict: isStrict, confinement, timeout: Self.timeout,
      processorSeconds: Self.processorSeconds)
    await gate.enter()
    let result: Result<R, Failure> = await withTaskCancellationHandler {
      await BlockingQueue("volume").run {
        do throws(Failure) { return .success(try body(EquippedToolRoom(room: room, files: files))) } catch {
          return .failure(error)
        }
      }
    } onCancel: {
      room.close()
    }
    await gate.leave()
    return try result.get()
  }
}
