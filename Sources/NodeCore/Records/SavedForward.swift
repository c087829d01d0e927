package import IPC
import IPCPeer
package import VMSpec

/// A forward as netd holds it, or may hold it.
package struct SavedForward: Codable, Hashable, Sendable {
  package var nic: UInt8
  package var `protocol`: PortProtocol
  package var guest: UInt16
  /// Port of the host; 0 while it is not known which one netd chose.
  package var host: UInt16
  /// Whether any port of the host will do.
  package var isAutomatic: Bool

  /// Whether it is what a line of the document asks for.
  package func isOf(_ wanted: ForwardSpec) -> Bool {
    wanted.protocol == `protocol` && wanted.guest == guest
      && (wanted.host.map { $0 == host && !isAutomatic } ?? isAutomatic)
  }

  package var transport: Transport { `protocol` == .tcp ? .tcp : .udp }
}
