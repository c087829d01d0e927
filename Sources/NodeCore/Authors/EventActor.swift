/// Who wanted something, or whose doing it was, as one word of an event.
package enum EventActor: Hashable, Sendable {
  /// The supervisor by itself: timers, policies, what it finds.
  case supervisor
  /// What runs in the VM.
  case guest
  /// Somebody else on the host: whoever removed a file, stopped a process, set the clock.
  case host
  /// The root helper.
  case netd
  /// Somebody at a socket: `alice(1000)`, `uid 1000`; `api` in earlier releases.
  case caller(String)

  package var word: String {
    switch self {
    case .supervisor: "supervisor"
    case .guest: "guest"
    case .host: "host"
    case .netd: "netd"
    case .caller(let word): word
    }
  }

  package init(_ word: String) {
    self = [.supervisor, .guest, .host, .netd].first { $0.word == word } ?? .caller(word)
  }
}

extension EventActor: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(word)
  }
}
