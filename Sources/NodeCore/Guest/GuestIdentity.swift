import Failure
import Hypervisor
import Linux
import Text

/// A guest that goes on from the memory of another VM: it has that one's hardware addresses and host name until its agent has been
/// told who it is now, or it boots. Its cables are pulled out meanwhile. Belongs to the VM's actor.
final class GuestIdentity {
  private let keeper: RecordKeeper
  private let state: VMState
  private let reporter: VMReporter
  private var isTelling = false

  init(_ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter) {
    self.keeper = keeper
    self.state = state
    self.reporter = reporter
  }

  private static let warning = "identity"
  /// How long apart a guest is told again that could not do it: at first, and at most.
  private static let (pause, longestPause): (Duration, Duration) = (.seconds(1), .seconds(30))
  /// The time until the next try.
  private var rest: Task<Void, Never>?

  /// Its agent answers, or its memory has been loaded.
  func tend(isolation: isolated (any Actor)? = #isolation) {
    guard keeper.record.copiedFrom != nil, state.run != nil else { return }
    rest?.cancel()
    guard !isTelling else { return }
    isTelling = true
    let here = OnActor(self, of: isolation)
    Task {
      await here.run { identity in
        // It may have been started again meanwhile.
        repeat { await identity.tell() } while identity.keeper.record.copiedFrom != nil && identity.state.run != nil
        identity.isTelling = false
      }
    }
  }

  /// Its cards have been started again, with their own addresses.
  nonisolated(nonsending) func guestWasReset() async {
    guard keeper.record.copiedFrom != nil, keeper.record.wake == nil else { return }
    do throws(Failure) { try await plug() } catch { return reporter.log(.warning, "\(error)") }
    await conclude()
  }

  nonisolated(nonsending) private func tell() async {
    guard let run = state.run, let former = keeper.record.copiedFrom else { return }
    let name = GuestName.label(state.name)
    let cards = keeper.record.ports.map { port in
      IdentityScripts.Card(
        mac: MAC.text(port.mac), address: "\(IPv4.text(port.address))/\(port.prefix)",
        gateway: port.gateway == 0 ? "" : IPv4.text(port.gateway))
    }
    var pause = Self.pause
    while keeper.record.copiedFrom != nil, state.run === run {
      do throws(Failure) {
        guard keeper.record.wake == nil, let agent = run.agent else { throw Self.waits(former) }
        try await agent.renew(name: name, cards: cards)
        try await plug()
        try await agent.address(cards)
        await conclude()
      } catch {
        run.warnings.set(
          Warning(
            id: Self.warning, part: .agent,
            cause: "the guest is still \(former) to the network, and is not connected: \(error.cause)",
            remedy: "it is told again until it knows who it is; or reboot it: vmsupervisor reboot \(state.name)"))
        let length = pause
        let rest = Task { () -> Void in try? await Task.sleep(for: length) }
        self.rest = rest
        await rest.value
        // A new connection to the agent is a new beginning.
        pause = rest.isCancelled ? Self.pause : min(pause * 2, Self.longestPause)
      }
    }
  }

  private static func waits(_ former: String) -> Failure {
    Failure(
      .state, part: .agent, operation: "tell guest who it is", object: former,
      cause: "its memory is not loaded, or its agent does not answer")
  }

  /// Plugs the cables of its cards in.
  nonisolated(nonsending) private func plug() async throws(Failure) {
    guard let machine = state.machine else { throw state.notRunning("plug cables in") }
    for place in keeper.record.devices.nics { try await machine.setLink(.nic(place.number), isUp: true) }
  }

  nonisolated(nonsending) private func conclude() async {
    state.run?.warnings.clear(Self.warning)
    await keeper.keep { $0.copiedFrom = nil }
    reporter.tell("the guest knows who it is", kind: .operation)
  }
}
