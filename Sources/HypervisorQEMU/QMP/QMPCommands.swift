package import Failure
package import Text

/// The commands that the life cycle needs, with the names of QAPI.
extension QMPClient {
  /// State of the machine (`query-status`).
  package func queryStatus(timeout: Duration = QMPClient.usualTimeout) async throws(Failure) -> RunState {
    RunState(try text(await execute("query-status", timeout: timeout), "status"))
  }

  /// Stops the processors (`stop`).
  package func stop() async throws(Failure) { try await execute("stop") }

  /// Lets the processors run (`cont`).
  package func cont() async throws(Failure) { try await execute("cont") }

  /// Wakes a guest that sleeps (`system_wakeup`).
  package func systemWakeup() async throws(Failure) { try await execute("system_wakeup") }

  /// Presses the power button (`system_powerdown`); the guest decides.
  package func systemPowerdown() async throws(Failure) { try await execute("system_powerdown") }

  /// Presses the reset button (`system_reset`).
  package func systemReset() async throws(Failure) { try await execute("system_reset") }

  /// Raises a non-maskable interrupt (`inject-nmi`): on x86 at every processor (`hw/i386/x86.c`, `x86_nmi`).
  package func injectNMI() async throws(Failure) { try await execute("inject-nmi") }

  /// Ends the process (`quit`). The answer can be lost to the end of the connection; both mean success.
  package func quit() async throws(Failure) {
    do {
      try await execute("quit")
    } catch {
      if error.code != .unavailable { throw error }
    }
  }

  /// Name of the machine (`query-name`); nil if it has none.
  package func queryName() async throws(Failure) -> String? { try await execute("query-name")["name"]?.string }

  /// The processors' threads on the host (`query-cpus-fast`).
  package func queryCPUs() async throws(Failure) -> [VirtualCPU] {
    try Self.elements(await execute("query-cpus-fast")).map { entry throws(Failure) in
      guard let index = entry["cpu-index"]?.integer, let thread = entry["thread-id"]?.integer else {
        throw Self.malformed("query-cpus-fast")
      }
      return VirtualCPU(index: Int(truncatingIfNeeded: index), thread: Int32(truncatingIfNeeded: thread))
    }
  }

  private func text(_ value: JSON, _ key: String) throws(Failure) -> String {
    guard let text = value[key]?.string else { throw Self.malformed(key) }
    return text
  }

  package static func elements(_ value: JSON) throws(Failure) -> [JSON] {
    guard let elements = value.array else { throw malformed("list") }
    return elements
  }

  package static func malformed(_ what: String) -> Failure {
    Failure(
      .protocol, operation: "read QEMU's answer", object: what, cause: "it does not have the form that QAPI promises")
  }
}

/// A virtual processor and the thread that runs it.
package struct VirtualCPU: Hashable, Sendable {
  /// Number from 0.
  package var index: Int
  /// Thread id on the host; its `stat` has the processor time.
  package var thread: Int32
}

/// A socket between host and guest.
package struct CharacterDevice: Hashable, Sendable {
  /// Id on the command line.
  package var label: String
  /// Whether a host client is connected.
  package var isConnected: Bool
  /// Whether the guest has its end open: for the agent's port, whether an agent listens.
  package var isFrontendOpen: Bool

  /// Reads the answer to `query-chardev`.
  package static func list(_ answer: JSON) throws(Failure) -> [CharacterDevice] {
    try QMPClient.elements(answer).map { entry in
      let file = entry["filename"]?.string ?? ""
      return CharacterDevice(
        label: entry["label"]?.string ?? "", isConnected: !file.hasPrefix("disconnected:"),
        isFrontendOpen: entry["frontend-open"]?.bool ?? false)
    }
  }
}
