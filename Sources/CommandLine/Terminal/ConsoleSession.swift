import Failure
import GRPCCore
import Glibc
import NodeAPI
import NodeClient
import Synchronization

/// The user's terminal and a guest's console, joined until the user leaves or the console ends, over restarts of the
/// supervisor and, if asked, of the guest.
struct ConsoleSession: Sendable {
  let node: NodeConnection
  /// The VM as the user named it.
  let vm: String
  /// Whether sentences that are not the guest's are left out.
  let quiet: Bool
  /// Whether input stays here.
  var readonly = false
  /// Whether to take the keyboard from whoever has it.
  var take = false
  /// Whether to stay when the guest ends. On a terminal that is so anyway.
  var stay = false
  var history = ConsoleHistory.lines(100)

  /// How long to go on listening after the input has ended, for the guest's answer. Half a second is socat(1)'s
  /// habit, doubled for guests without KVM.
  static let linger = Duration.seconds(1)

  init(node: NodeConnection, vm: String, quiet: Bool) {
    self.node = node
    self.vm = vm
    self.quiet = quiet
  }

  /// Joins them.
  ///
  /// - Returns: when the user detached, the input ended, or the console did.
  func run() async throws -> CommandStatus {
    let keyboard: Keyboard
    do { keyboard = try Keyboard() } catch { throw error.failure("read the terminal") }
    let screen = ConsoleScreen()
    let isRaw = RawTerminal.enter { screen.farewell(isLast: $0) }
    defer { RawTerminal.leave() }
    if isRaw { say(readonly ? "looking at \(vm); ^] ends" : "attached to \(vm); ^] detaches, ~? shows more") }
    let line = ConsoleLine(session: self, keyboard: keyboard, screen: screen, isTerminal: isRaw)
    if try await line.attach(node) == .lost {
      say("the supervisor has gone; waiting for it" + (isRaw ? " (^] leaves)" : ""))
      while try await line.comeBack() == .lost {}
    }
    // On the user's own screen, not on the guest's.
    RawTerminal.leave()
    if isRaw, !quiet { try? Standard.error.write("\n") }
    if isRaw { say("detached") }
    return .success
  }

  /// On a raw terminal a sentence of ours has to make its own line, before and after.
  func say(_ sentence: String) {
    if quiet { return }
    let isRaw = RawTerminal.isRaw
    if isRaw { try? Standard.error.write("\r\n") }
    Diagnostic.write(sentence)
    if isRaw { try? Standard.error.write("\r") }
  }
}
