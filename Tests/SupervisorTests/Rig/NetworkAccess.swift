import Glibc
import Linux
import Testing

/// The address for the network, inside the host's own network namespace.
extension Rig {
  /// Where it listens.
  static let networkAddress = "127.0.0.1:9090"
  private var authority: String { folder + "/authority" }

  /// Makes an authority and what the node needs, and has the supervisor, which goes on, listen.
  func openNetwork() async throws {
    await ok("tls", "init", "--folder", authority)
    try await renewNode()
    try Files.makeFolders(folder + "/supervisor.conf.d", mode: 0o755)
    let files = ["Certificate=node.pem", "Key=node.key", "Authorities=ca.pem", "Revoked=crl.pem"]
    let lines = files.map { $0.replacing("=", with: "=\(folder)/tls/") }
    try write("supervisor.conf.d/api.conf", "[API]\n\(lines.joined(separator: "\n"))\n")
    await supervisor.stop()
    try await startSupervisor()
    try await caller("operator", "alice")
    try await eventually("it listens") { await remote("alice", "status").status == 0 }
  }

  /// Gives the node a new certificate.
  func renewNode() async throws {
    let tls = folder + "/tls"
    await ok(
      "tls", "issue", "node", "n1", "--address", "127.0.0.1", "--folder", authority, "--out", tls, "--force")
    try Command.must("/usr/bin/chown", "-R", "\(Self.user):\(Self.group)", tls)
  }

  /// Makes a certificate, and a context of the same name for it.
  func caller(_ role: String, _ name: String) async throws {
    await ok("tls", "issue", role, name, "--folder", authority, "--out", "\(folder)/\(name)")
    try write(
      "\(name)/contexts.conf",
      """
      [Context n1]
      Address=\(Self.networkAddress)
      Certificate=\(name).pem
      Key=\(name).key
      Authorities=ca.pem
      Revoked=crl.pem

      """)
  }

  /// Takes somebody's certificate away.
  func revoke(_ name: String) async throws {
    await ok("tls", "revoke", name, "--folder", authority)
    try Files.replace(folder + "/tls/crl.pem", with: Files.read(authority + "/crl.pem"), mode: 0o644)
  }

  /// Runs the command line as the holder of a certificate, over the network.
  func remote(_ name: String, _ words: String...) async -> Command.Result {
    await Command.run(
      "/usr/sbin/ip", ["netns", "exec", namespace, bin + "/vmsupervisor"] + words,
      environment: ["PROCURATOR_HOST": "n1", "PROCURATOR_CONTEXTS": "\(folder)/\(name)/contexts.conf"])
  }

  /// Runs a program of `Tests/Peers` in the host's network, as the holder of a certificate.
  func peer(_ program: String, _ name: String, _ words: String...) async -> Command.Result {
    let own = "\(folder)/\(name)"
    for end in ["pem", "key"] {
      _ = try? Files.replace("\(own)/caller.\(end)", with: Files.read("\(own)/\(name).\(end)"))
    }
    return await Command.run(
      "/usr/sbin/ip",
      ["netns", "exec", namespace, Self.python, Self.peers + "/" + program, "127.0.0.1", "9090", own] + words)
  }
}
