package import Access

/// Whoever calls a node.
package enum Caller: Hashable, Sendable {
  /// A process of this host, at one of the sockets.
  case process(LocalProcess)
  /// Somebody who came over the network.
  case remote(RemoteCaller)

  /// What it may ask.
  package var role: Role {
    switch self {
    case .process(let process): process.socket == .operators ? .operator : .readOnly
    case .remote(let remote): remote.role
    }
  }

  /// `alice(1000)`, `uid 1000`, `ci[operator]`.
  package var word: String {
    switch self {
    case .process(let process): process.word
    case .remote(let remote): remote.word
    }
  }

  /// `alice (uid 1000, pid 4711)`, `ci (operator at 10.0.0.5, certificate 4f2a)`.
  package var words: String {
    switch self {
    case .process(let process): process.words
    case .remote(let remote): remote.words
    }
  }
}

/// A process at one of the sockets, as the kernel knew it when it connected.
package struct LocalProcess: Codable, Hashable, Sendable {
  /// Which socket.
  package enum Socket: String, Codable, Sendable {
    /// The one that everything can be asked at.
    case operators
    /// The one for looking only.
    case readers
  }

  package var uid: UInt32
  /// Name of the user; nil if there is none, or it could not be learned in time.
  package var user: String?
  /// 0 for a process that this one cannot see.
  package var pid: Int32
  package var socket: Socket

  package init(uid: UInt32, user: String? = nil, pid: Int32, socket: Socket) {
    self.uid = uid
    self.user = user
    self.pid = pid
    self.socket = socket
  }

  var word: String { user.map { "\($0)(\(uid))" } ?? "uid \(uid)" }

  var words: String {
    let numbers = "uid \(uid)" + (pid > 0 ? ", pid \(pid)" : "")
    return user.map { "\($0) (\(numbers))" } ?? numbers
  }
}

/// Somebody at the address for the network.
package struct RemoteCaller: Codable, Hashable, Sendable {
  package var role: Role
  /// From where: an IP address.
  package var address: String
  /// Of the certificate that was shown; nil where none is asked for.
  package var identity: Identity?

  package init(role: Role, address: String, identity: Identity?) {
    self.role = role
    self.address = address
    self.identity = identity
  }

  /// The role at its end keeps whoever has the name of a user, or of a part of the host, from looking like that.
  var word: String {
    let name = identity.map { $0.name.split(separator: " ").joined(separator: "_") } ?? address
    return "\(name)[\(role.rawValue)]"
  }

  package var words: String {
    guard let identity else { return "\(role.rawValue) at \(address), without a certificate" }
    return "\(identity.name) (\(role.rawValue) at \(address), certificate \(identity.serial))"
  }
}

extension Caller: Codable {
  /// Fields of a remote one; those of a process are what they were before there were others.
  private enum Key: String, CodingKey { case remote }

  package init(from decoder: any Decoder) throws {
    if let remote = try decoder.container(keyedBy: Key.self).decodeIfPresent(RemoteCaller.self, forKey: .remote) {
      self = .remote(remote)
    } else {
      self = .process(try LocalProcess(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .process(let process): try process.encode(to: encoder)
    case .remote(let remote):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(remote, forKey: .remote)
    }
  }
}
