import CLinux
import Failure
import Foundation
import Glibc
import IPC
import Linux

@testable import NetworkPlan
@testable import netd

/// The kernel's ruleset, read by nft itself.
struct KernelRules {
  private var members: [String: Set<String>] = [:]
  /// Chains, limits and sets that netd makes for single ports.
  private(set) var made: Set<String> = []

  init(json: String) throws {
    let whole = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    for object in whole?["nftables"] as? [[String: Any]] ?? [] {
      for (kind, value) in object {
        guard let value = value as? [String: Any], let name = value["name"] as? String else { continue }
        if kind == "limit" || ["ranges-", "profile-", "names-"].contains(where: { name.hasPrefix($0) }) {
          made.insert("\(kind) \(name)")
        }
        guard kind == "set" || kind == "map" else { continue }
        members[name, default: []].formUnion(
          (value["elem"] as? [Any] ?? []).map { Self.words($0).joined(separator: " ") })
      }
    }
  }

  subscript(_ set: ElementSet) -> Set<String> { members[set.rawValue] ?? [] }

  /// The first words of the elements.
  func keys(_ set: ElementSet) -> Set<String> {
    Set(self[set].map { String($0.prefix { $0 != " " }) })
  }

  private static func words(_ value: Any) -> [String] {
    switch value {
    case let text as String: [text]
    case let number as Int: ["\(number)"]
    case let list as [Any]: list.flatMap(words)
    case let object as [String: Any]: object.sorted { $0.key < $1.key }.flatMap { words($0.value) }
    default: []
    }
  }
}

extension Torture {
  func kernelRules() throws -> KernelRules {
    try KernelRules(json: Program.output("/usr/sbin/nft", "-j", "list", "ruleset"))
  }

  /// What the ruleset says else than what was asked for.
  func unsoundRule() throws -> String? {
    let rules = try kernelRules()
    for holding in model.solid.values {
      let tap = holding.port.tap
      let address = IPv4.text(holding.port.address)
      let said = holding.rules
      var wanted: [(set: ElementSet, key: String, isThere: Bool)] = [
        (.closed, tap, holding.isRestricted), (.policed, address, holding.isRestricted),
      ]
      if let said {
        wanted += [
          (.rates, tap, said.sendRate > 0), (.ranges, address, holding.isRestricted && !said.ranges.isEmpty),
          (.profiles, address, holding.isRestricted && said.list != 0),
          (.resolvers, address, holding.isRestricted && said.list != 0),
        ]
      }
      for (set, key, isThere) in wanted where rules.keys(set).contains(key) != isThere {
        return "\(set.rawValue) \(isThere ? "lacks" : "has") \(key)"
      }
      for (port, guest) in holding.forwards {
        let word = "\(port.transport) \(port.number) \(address) \(guest)"
        if !rules[.forwards].contains(word) { return "forwards lacks \(word): \(rules[.forwards])" }
      }
    }
    // Nothing is said of slots that nobody has.
    let known = Array(model.solid.values) + Array(model.fading.values)
    let names = Set(known.map(\.port.tap) + known.map { IPv4.text($0.port.address) })
    for set in [ElementSet.closed, .rates, .policed, .ranges, .profiles, .resolvers] {
      if let key = rules.keys(set).subtracting(names).min() { return "\(set.rawValue) has \(key), whom nobody has" }
    }
    let forwards = Set(known.flatMap { $0.forwards.keys.map { "\($0.transport) \($0.number)" } })
    return rules[.forwards].first { element in
      !forwards.contains(element.split(separator: " ").prefix(2).joined(separator: " "))
    }.map { "forwards has \($0), for which nobody has asked" }
  }
}

/// Programs that tell about the kernel.
enum Program {
  /// What a program says, run in this thread's namespace.
  static func output(_ words: String...) throws -> String {
    let file = Descriptor(owning: try Errno.check(clinux_memfd("output")))
    let process = try ProcessHandle.spawn(
      words[0], arguments: words, environment: [], descriptors: [(file.raw, 0), (file.raw, 1), (2, 2)])
    let end = try process.reap(blocking: true)
    guard end == .exited(0) else { throw Failure(.system, operation: "run \(words)", cause: "it ended: \(end as Any)") }
    var status = stat()
    fstat(file.raw, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = pread(file.raw, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
