import Failure
import Glibc
import Hypervisor
import Linux

/// Where a viewer from elsewhere finds a screen.
package struct ScreenPlace: Hashable, Sendable {
  /// An address or name.
  package var host: String
  package var port: UInt16
  /// Opens the way once.
  package var password: String
  /// How long, in seconds.
  package var lifetime: Int
}

/// Viewers from elsewhere.
extension VMScreen {
  /// Where a viewer from elsewhere finds the screen, with a fresh password; nil if this node has no place for them.
  func place(isolation: isolated (any Actor)? = #isolation) throws(Failure) -> ScreenPlace? {
    let operation = "show screen"
    try checkScreen(operation)
    guard let network else { return nil }
    guard let run, run.machine != nil else { throw state.notRunning(operation) }
    // What kept the port from us may be over.
    openEntrance()
    guard let entrance = run.entrance else {
      throw Failure(
        .unavailable, operation: operation, object: name, cause: "no port could be had for it",
        remedy: "see vmsupervisor status \(name)")
    }
    return ScreenPlace(
      host: network.announced, port: entrance.port, password: entrance.issue(for: network.passwordLifetime),
      lifetime: network.passwordLifetime)
  }

  /// Listens for viewers from elsewhere, if the VM has a screen and the node an address.
  func openEntrance(isolation: isolated (any Actor)? = #isolation) {
    guard let network, record.spec.display == .vnc, let run, run.entrance == nil else { return }
    do throws(Failure) {
      let (cell, port) = try listen(network)
      guard let socket = cell.take() else { return }
      let here = OnActor(self, of: isolation)
      run.entrance = ScreenEntrance(
        socket, port: port,
        open: { (viewer) async throws(Failure) in
          let result = await here.run { (screen) async -> Result<Void, Failure> in
            do throws(Failure) { return .success(try await screen.admit(viewer)) } catch { return .failure(error) }
          }
          guard let result else {
            throw Failure(.notFound, operation: "show screen", object: "a VM", cause: "it is gone")
          }
          try result.get()
        }, tell: { text in Task { await here.run { $0.reporter.tell(text, kind: .access) } } })
      run.warnings.clear("screen.port")
    } catch {
      run.warnings.set(
        Warning(
          id: "screen.port", part: .process, cause: "nobody elsewhere can look at its screen: \(error.cause)",
          remedy: error.remedy))
      reporter.log(.error, "\(error)")
    }
  }

  /// The port that the specification names; otherwise the highest that is free, for those that are named are mostly low.
  private func listen(_ network: VNCSettings) throws(Failure) -> (DescriptorCell, UInt16) {
    let operation = "listen for viewers"
    let wanted = record.spec.vncPort.map { UInt16(clamping: $0) }
    let named = ports.all
    for port in wanted.map({ [$0] }) ?? network.ports.reversed().filter({ !named.contains(Int($0)) }) {
      do throws(Errno) {
        return (DescriptorCell(try TCPSocket.listen(network.listen, port: port)), port)
      } catch {
        guard error.code != EADDRINUSE else { continue }
        throw error.failure(
          operation, "\(network.listen) port \(port)", remedy: "correct Listen= of [VNC] in vmsupervisor.conf")
      }
    }
    throw Failure(
      .exhausted, operation: operation, object: network.listen,
      cause: wanted.map { "another process or VM has port \($0)" } ?? "all ports of Ports= are taken",
      remedy: wanted == nil
        ? "widen Ports= of [VNC] in vmsupervisor.conf"
        : "end what listens there (as root, ss -ltnp names it): GetConsole tries again; or remove vncPort")
  }
}
