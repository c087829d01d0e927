package import Failure
import FoundationEssentials
import Linux
import Text
package import VMSpec

/// The files of a NoCloud seed (cloud-init, datasource NoCloud). What the specification does not say is made of the VM's
/// name, its keys and the ports that netd granted. Everything made here is JSON, which YAML includes.
package struct SeedFiles: Equatable, Sendable {
  package var userData: String
  package var metaData: String
  package var networkConfig: String
  package var vendorData: String?

  package init(_ spec: CloudInitSpec, id: String, name: String, cards: [SeedCard]) throws(Failure) {
    userData = if let given = spec.userData { given } else { try Self.keys(spec.sshKeys) }
    metaData = if let given = spec.metaData { given } else { try Self.json(Meta(id: id, host: spec.hostname ?? name)) }
    networkConfig = if let given = spec.networkConfig { given } else { try Self.json(Network(cards)) }
    vendorData = spec.vendorData
  }

  /// Names in the seed, with contents.
  package var files: [(name: String, text: String)] {
    var files = [("user-data", userData), ("meta-data", metaData), ("network-config", networkConfig)]
    if let vendorData { files.append(("vendor-data", vendorData)) }
    return files
  }

  private static func keys(_ keys: [String]) throws(Failure) -> String {
    "#cloud-config\n" + (try json(keys.isEmpty ? [:] : ["ssh_authorized_keys": keys]))
  }

  private static func json(_ value: some Encodable) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do { return JSONForYAML.text(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n" } catch {
      throw Failure(.internal, part: .image, operation: "write cloud-init seed", cause: "\(error)")
    }
  }

  private struct Meta: Encodable {
    let instanceID: String
    let localHostname: String

    /// The instance is the VM: cloud-init does its once-only work once for each.
    init(id: String, host: String) {
      instanceID = id
      localHostname = host
    }

    enum CodingKeys: String, CodingKey {
      case instanceID = "instance-id"
      case localHostname = "local-hostname"
    }
  }

  /// Netplan's version 2, as far as every release of cloud-init with that version reads it.
  private struct Network: Encodable {
    struct Match: Encodable { let macaddress: String }
    struct Route: Encodable { let to, via: String }
    struct Resolvers: Encodable { let addresses: [String] }
    struct Card: Encodable {
      let match: Match
      let dhcp4 = false
      let addresses: [String]
      let routes: [Route]
      let nameservers: Resolvers
      let mtu: Int?
    }
    let version = 2
    let ethernets: [String: Card]

    init(_ given: [SeedCard]) {
      var cards: [String: Card] = [:]
      for (place, port) in given.enumerated() {
        let gateway = IPv4.text(port.gateway)
        cards["nic\(port.nic)"] = Card(
          match: Match(macaddress: MAC.text(port.mac)),
          addresses: ["\(IPv4.text(port.address))/\(port.prefix)"] + (port.address6.map { ["\($0.text)/64"] } ?? []),
          // One way out is enough, and two would be a riddle. That of IPv6 is announced by the router.
          routes: place == 0 && port.gateway != 0 ? [Route(to: "0.0.0.0/0", via: gateway)] : [],
          nameservers: Resolvers(addresses: port.gateway != 0 ? [gateway] : []),
          mtu: port.mtu == 0 ? nil : Int(port.mtu))
      }
      ethernets = cards
    }
  }
}
