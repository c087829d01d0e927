import Glibc
import Linux
import Testing

/// A server of images inside the host's own network, and what the supervisor needs to fetch from it.
extension Rig {
  static let imageURL = "http://127.0.0.1:8090"
  /// The pool of these tests.
  var pool: String { folder + "/lib/pools/fast" }
  private var served: String { folder + "/served" }

  /// Lets the supervisor, which goes on, ask servers inside this host.
  /// - Parameters:
  ///   - sources: their addresses; nil is what is permitted without a word.
  ///   - authorities: who is trusted, made by `makeAuthority`.
  func permitFetching(from sources: String? = "127.0.0.1 ::1", authorities: String? = nil) async throws {
    try Files.makeFolders(folder + "/supervisor.conf.d", mode: 0o755)
    let trust = authorities.map { "FetchAuthorities=\(folder)/\($0)-ca.pem\n" } ?? ""
    try write(
      "supervisor.conf.d/fetch.conf",
      "[Storage]\nFetchTimeout=5s\nFetcher=\(bin)/vmfetch\n" + (sources.map { "FetchFrom=\($0)\n" } ?? "") + trust)
    await supervisor.stop()
    try await startSupervisor()
  }

  /// Starts a server of images, with something to serve.
  /// - Parameter authority: who has signed its certificate, which is for `localhost`; nil is plain HTTP.
  func serveImages(port: Int = 8090, authority: String? = nil) async throws -> Daemon {
    if !Files.exists(served) {
      try Files.makeFolders(served, mode: 0o755)
      // Whole sectors: a guest's disk is nothing else.
      try Command.must("/bin/sh", "-c", "head -c 20480000 /dev/urandom >\(served)/a.img")
      try Command.must("/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", served + "/q.qcow2", "64M")
      try Command.must(
        "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", served + "/evil.qcow2")
      try Command.must("/bin/sh", "-c", "gzip -c \(served)/q.qcow2 >\(served)/z.img")
    }
    let server = Daemon(log: folder + "/images-server-\(port).log")
    var words = [
      "/usr/sbin/ip", "netns", "exec", namespace, Self.python, Self.peers + "/images_server.py", "127.0.0.1", "\(port)",
      served, folder + "/requests.log",
    ]
    if let authority { words += ["\(folder)/\(authority)-server.pem", "\(folder)/\(authority)-server.key"] }
    try server.start(words)
    try await eventually("the server of images is ready") {
      try #require(server.isAlive)
      return try Files.readText(server.log).contains("ready")
    }
    return server
  }

  /// What the server was asked for in a mood: status and range.
  func requests(_ mood: String) throws -> [String] {
    let lines = (try? Files.readText(folder + "/requests.log")) ?? ""
    return lines.split(separator: "\n").filter { $0.hasPrefix(mood + " ") }.map { String($0.dropFirst(mood.count + 1)) }
  }

  /// SHA-256 of what is served, or of a file in another folder.
  func digest(_ name: String, in place: String? = nil) throws -> String {
    String(try Command.must("/usr/bin/sha256sum", (place ?? served) + "/" + name).prefix(64))
  }

  /// Processes that fetch something for this host.
  func fetchers() -> [Int32] {
    Self.processes(under: folder).filter { (try? Files.readText("/proc/\($0)/comm")) == "vmfetch\n" }
  }

  /// Makes an authority, and a certificate for `localhost` by it.
  func makeAuthority(_ name: String) throws {
    let own = folder + "/" + name
    try Command.must(
      "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
      "2",
      "-subj", "/CN=\(name)", "-keyout", own + "-ca.key", "-out", own + "-ca.pem")
    try Command.must(
      "/usr/bin/openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", own + "-server.key", "-out", own + ".csr")
    try Command.must(
      "/usr/bin/openssl", "x509", "-req", "-in", own + ".csr", "-CA", own + "-ca.pem", "-CAkey", own + "-ca.key",
      "-days",
      "2", "-copy_extensions", "copy", "-out", own + "-server.pem")
    chmod(own + "-ca.pem", 0o644)
  }
}
