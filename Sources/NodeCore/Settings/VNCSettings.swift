import Configuration
import Failure
import Linux
import Text
import VMSpec

/// Section `[VNC]` of the supervisor's configuration: where viewers from elsewhere find the screens of VMs.
package struct VNCSettings: Hashable, Sendable {
  /// An IP address of this host.
  package var listen: String
  /// What viewers are told to connect to.
  package var announced: String
  /// One for each VM with a screen that runs.
  package var ports: ClosedRange<UInt16>
  /// Seconds in which a password is to be used.
  package var passwordLifetime: Int

  static let rule = ConfigurationRule(section: "VNC", keys: ["Listen", "Announce", "Ports", "PasswordLifetime"])

  /// nil if nobody is to come from elsewhere.
  static func read(_ section: ConfigurationSection) throws(Failure) -> VNCSettings? {
    let lifetime = try section.count("PasswordLifetime", default: 60, in: 1...3600)
    let ports = try range(section)
    let listen = section.text("Listen") ?? "off"
    if listen == "off" { return nil }
    guard let address = NetworkAddress(listen.contains(":") ? "[\(listen)]:1" : "\(listen):1"), address.isNumeric else {
      throw section.failure(
        "Listen", "\"\(listen)\" is no IP address", remedy: "write one of this host such as 192.0.2.1, or off")
    }
    let announced = section.text("Announce") ?? listen
    guard !["0.0.0.0", "::"].contains(announced) else {
      throw section.failure(
        "Announce", "nobody can connect to \(announced)",
        remedy: "write Announce= and the address or name by which viewers reach this host, or Listen= and one address")
    }
    return VNCSettings(listen: listen, announced: announced, ports: ports, passwordLifetime: lifetime)
  }

  private static func range(_ section: ConfigurationSection) throws(Failure) -> ClosedRange<UInt16> {
    let text = section.text("Ports") ?? "5900-5999"
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { UInt16($0) }
    guard (1...2).contains(parts.count),
      parts.count == text.split(separator: "-", omittingEmptySubsequences: false).count,
      let first = parts.first, let last = parts.last, first >= 1024, first <= last
    else {
      throw section.failure(
        "Ports", "\"\(text)\" is no range of ports from 1024 on", remedy: "write one such as 5900-5999")
    }
    return first...last
  }
}

extension VNCSettings {
  /// Whether a VM may have the port that its specification names.
  /// - Parameters:
  ///   - settings: nil where nobody may come from elsewhere.
  ///   - others: ports that other VMs of the node name, by their names.
  static func check(_ spec: VMSpec, _ settings: VNCSettings?, others: [String: Int]) throws(Failure) {
    guard let port = spec.vncPort else { return }
    let object = "\(spec.name): vncPort"
    guard let settings else {
      throw Failure(
        .state, operation: "create", object: object, cause: "this node shows no screens over TCP",
        remedy:
          "write Listen= and an address into [VNC] of vmsupervisor.conf and restart the supervisor, or leave the port out"
      )
    }
    guard UInt16(exactly: port).map(settings.ports.contains) == true else {
      throw Failure(
        .invalid, operation: "create", object: object,
        cause: "\(port) is none of the ports \(settings.ports.lowerBound)-\(settings.ports.upperBound) of this node",
        remedy: "choose one of them, or leave it out for one that is free")
    }
    if let other = others.first(where: { $0.value == port && $0.key != spec.name }) {
      throw Failure(
        .exists, operation: "create", object: object, cause: "\(port) is the port of \(other.key)",
        remedy: "choose another, or leave it out for one that is free")
    }
  }
}
