import Configuration
import Failure
import Glibc
import Linux
import NodeClient
import Text

/// Nodes by name, and what is shown them: `~/.config/procurator/contexts.conf`.
///
/// `[Credentials]` holds for all; a `[Context NAME]` says where a node is, and may have others.
struct ContextFile {
  let path: String
  private let file: ConfigurationFile

  private static let credentials = ["Certificate", "Key", "Authorities", "Revoked"]
  static let rules = [
    ConfigurationRule(section: "Credentials", keys: credentials),
    ConfigurationRule(
      section: "Context", isLabelled: true, keys: ["Address", "ServerName", "Plaintext"] + credentials),
  ]
  /// Where it is: $PROCURATOR_CONTEXTS, else in the user's folder for configuration (XDG Base Directory Specification).
  static var usualPath: String {
    func variable(_ name: String) -> String? {
      guard let value = getenv(name), value[0] != 0 else { return nil }
      return String(cString: value)
    }
    if let path = variable("PROCURATOR_CONTEXTS") { return path }
    let folder = variable("XDG_CONFIG_HOME") ?? (variable("HOME") ?? "") + "/.config"
    return folder + "/procurator/contexts.conf"
  }

  /// Reads it; without one there are no contexts.
  init(_ path: String = usualPath) throws(Failure) {
    self.path = path
    file = try .load(path, optional: true)
    try file.check(Self.rules)
  }

  /// Takes a text, `path` standing for the file it could have been read from.
  init(_ text: String, path: String) throws(Failure) {
    self.path = path
    file = try .parse(text, name: path)
    try file.check(Self.rules)
  }

  /// Names of the nodes.
  var names: [String] { file.sections(named: "Context").map(\.label) }

  /// The node that a word stands for: a context, or an address, which is shown what `[Credentials]` says.
  /// - Throws: `.notFound` if it is neither, `.invalid` for what the file says of it.
  func node(_ word: String) throws(Failure) -> RemoteNode {
    let contexts = file.sections(named: "Context")
    if let context = contexts.first(where: { $0.label == word }) { return try node(context) }
    guard let address = NetworkAddress(word, port: NetworkAddress.nodePort), Self.looksLikeAddress(word) else {
      let known = names.isEmpty ? "" : "; there are \(names.joined(separator: ", "))"
      throw Failure(
        .notFound, operation: "find node", object: word, cause: "\(path) has no context of that name\(known)",
        remedy:
          "write [Context \(word)] with Address=HOST:\(NetworkAddress.nodePort) there, or give an address with its port"
      )
    }
    let common = file.section("Credentials")
    guard common.text("Certificate") != nil else {
      throw Failure(
        .notFound, operation: "find credentials for", object: word, cause: "\(path) has no section [Credentials]",
        remedy:
          "write it there, with Certificate=, Key= and Authorities=: vmsupervisor tls issue operator NAME makes them")
    }
    return RemoteNode(address: address, credentials: try credentials(common, common))
  }

  private func node(_ context: ConfigurationSection) throws(Failure) -> RemoteNode {
    guard let text = context.text("Address"), let address = NetworkAddress(text, port: NetworkAddress.nodePort) else {
      let cause = context.text("Address").map { "\"\($0)\" is no address" } ?? "it is missing"
      throw context.failure("Address", cause, remedy: "write Address=HOST:\(NetworkAddress.nodePort)")
    }
    if try context.flag("Plaintext", default: false) {
      guard address.isLoopback || address.host == "localhost" else {
        throw context.failure(
          "Plaintext", "\(address) is not this host: everybody on the way could read and change what is said",
          remedy: "write Plaintext=no, and what is needed for TLS")
      }
      return RemoteNode(address: address, credentials: nil)
    }
    return RemoteNode(
      address: address, serverName: context.text("ServerName"),
      credentials: try credentials(context, file.section("Credentials")))
  }

  /// - Parameter common: what counts for keys that `own` does not have. A context with a certificate has all of its own.
  private func credentials(
    _ own: ConfigurationSection, _ common: ConfigurationSection
  ) throws(Failure) -> ClientCredentials {
    if own.text("Certificate") == nil, let key = Self.credentials.first(where: { own.text($0) != nil }) {
      throw own.failure(
        key, "a context has all keys of credentials itself, or none", remedy: "add Certificate=, or leave \(key)= out")
    }
    let section = own.text("Certificate") == nil ? common : own
    func file(_ key: String) throws(Failure) -> String {
      guard let text = section.text(key) else {
        throw section.failure(key, "it is missing", remedy: "name the file that tls issue made")
      }
      return absolute(text)
    }
    return try ClientCredentials(
      certificate: try file("Certificate"), key: try file("Key"), authorities: try file("Authorities"),
      revokedAt: section.text("Revoked").map(absolute))
  }

  /// Paths begin at the folder of the file.
  private func absolute(_ text: String) -> String {
    guard !text.hasPrefix("/") else { return text }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return folder.isEmpty && !path.hasPrefix("/") ? text : "\(folder)/\(text)"
  }

  /// A word alone is a name that is missing; an address has a dot, a colon or is this host.
  private static func looksLikeAddress(_ word: String) -> Bool {
    word == "localhost" || word.contains(".") || word.contains(":")
  }
}
