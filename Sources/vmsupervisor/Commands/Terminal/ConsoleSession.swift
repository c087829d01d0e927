import Failure
import GRPCCore
import NodeAPI

/// The user's terminal and a guest's console, joined until one of them ends.
struct ConsoleSession: Sendable {
  let node: NodeConnection
  /// The VM as the user named it.
  let vm: String
  /// Whether input stays here.
  let readonly: Bool
  /// Whether sentences that are not the guest's are left out.
  let quiet: Bool

  /// How long to go on listening after the input has ended, for the guest's answer. Half a second is socat(1)'s
  /// habit, doubled for guests without KVM.
  static let linger = Duration.seconds(1)

  /// Joins them.
  ///
  /// - Returns: when the user detached, the input ended, or the console did.
  func run() async throws -> CommandStatus {
    let keyboard: Keyboard
    do { keyboard = try Keyboard() } catch { throw error.failure("read the terminal") }
    let isRaw = RawTerminal.enter()
    defer { RawTerminal.leave() }
    if isRaw, !readonly { say("attached to \(vm); ^] detaches") }
    if isRaw, readonly { say("looking at \(vm); ^] ends") }

    let (typingEnded, signal) = AsyncStream.makeStream(of: Void.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await node.call("attach to the console of VM", vm, within: nil) { options in
          try await node.node.attachConsole(options: options) { writer in
            try await type(on: keyboard, into: writer, isTerminal: isRaw)
            signal.finish()
            // The stream to the guest stays open until the call ends, or the supervisor would take it for a hang-up.
            try await Task.sleep(for: .seconds(Int64(Int32.max)))
          } onResponse: { response in
            for try await output in response.messages {
              if !output.notice.isEmpty { say(output.notice) }
              try Standard.output.write(Array(output.data))
            }
          }
        }
      }
      group.addTask { for await _ in typingEnded {} }
      defer { group.cancelAll() }
      // Whoever ends first ends the session; the other's cancellation is no failure.
      try await group.next()
      group.cancelAll()
      while case .failure? = await group.nextResult() {}
    }
    if isRaw { say("detached") }
    return .success
  }

  /// Sends what is typed until the user detaches or the input ends.
  private func type(
    on keyboard: Keyboard, into writer: RPCWriter<Procurator_Node_V1_ConsoleInput>, isTerminal: Bool
  ) async throws {
    try await writer.write(
      .with {
        $0.open = .with {
          $0.vm = vm
          $0.readonly = readonly
        }
      })
    if readonly, !isTerminal { return try await Task.sleep(for: .seconds(Int64(Int32.max))) }
    while let bytes = await keyboard.next() {
      let typed = isTerminal ? DetachKey.cut(bytes) : (bytes: bytes, detach: false)
      if !typed.bytes.isEmpty, !readonly { try await writer.write(.with { $0.data = .init(typed.bytes) }) }
      if typed.detach { return }
    }
    if !isTerminal { try await Task.sleep(for: Self.linger) }
  }

  /// On a raw terminal a sentence of ours has to make its own line, before and after.
  private func say(_ sentence: String) {
    if quiet { return }
    let isRaw = RawTerminal.isRaw
    if isRaw { try? Standard.error.write("\r\n") }
    Complaint.write(sentence)
    if isRaw { try? Standard.error.write("\r") }
  }
}

/// The key that leaves a console, as in telnet(1) and virsh(1).
enum DetachKey {
  /// ^], the group separator.
  static let byte: UInt8 = 0x1d

  /// What was typed before the key, and whether it was typed.
  static func cut(_ bytes: [UInt8]) -> (bytes: [UInt8], detach: Bool) {
    guard let place = bytes.firstIndex(of: byte) else { return (bytes, false) }
    return (Array(bytes[..<place]), true)
  }
}
