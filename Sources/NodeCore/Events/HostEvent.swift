package import Failure
package import FoundationEssentials
package import Life

/// Something that happened on this host: who did what to which VM, why, and from which state to which.
package struct HostEvent: Codable, Hashable, Sendable {
  package var time = Date()
  /// Id of the VM, empty if it is about the host.
  package var vm = ""
  /// Its name then.
  package var name = ""
  package var kind: EventKind
  /// A few words.
  package var what: String
  /// Who wanted it, or whose doing it was.
  package var actor = EventActor.supervisor
  /// The same of a caller, in its parts; nil for everybody else.
  package var caller: Caller?
  package var from: State?
  package var to: State?
  /// Start of the VM that it belongs to, 0 before the first.
  package var generation: UInt64 = 0
  package var why: Failure?
  /// What has changed, if programs act upon it.
  package var change: EventChange?

  package init(
    time: Date = Date(), vm: String = "", name: String = "", kind: EventKind, what: String,
    actor: EventActor = .supervisor,
    caller: Caller? = nil, from: State? = nil, to: State? = nil, generation: UInt64 = 0, why: Failure? = nil,
    change: EventChange? = nil
  ) {
    self.time = time
    self.vm = vm
    self.name = name
    self.kind = kind
    self.what = what
    self.actor = actor
    self.caller = caller
    self.from = from
    self.to = to
    self.generation = generation
    self.why = why
    self.change = change
  }

  /// The same in somebody's name.
  package func by(_ author: Author) -> HostEvent {
    var event = self
    event.actor = author.actor
    if case .caller(let caller) = author { event.caller = caller }
    return event
  }

  /// Longest text of an event, characters. Causes can quote a hypervisor.
  private static let longest = 2000

  /// The same with texts that no line of the log is too short for.
  var clipped: HostEvent {
    var event = self
    event.what = Self.clip(what)
    event.why?.cause = Self.clip(why?.cause ?? "")
    event.why?.object = Self.clip(why?.object ?? "")
    event.why?.remedy = Self.clip(why?.remedy ?? "")
    return event
  }

  private static func clip(_ text: String) -> String { text.count > longest ? text.prefix(longest) + "…" : text }
}

/// An event with its place in the log of its host.
package struct NumberedEvent: Codable, Hashable, Sendable {
  /// Counts the events of this host from 1.
  package var sequence: UInt64
  package var event: HostEvent

  private enum Key: String, CodingKey { case sequence }

  package init(sequence: UInt64, _ event: HostEvent) {
    self.sequence = sequence
    self.event = event
  }

  package init(from decoder: any Decoder) throws {
    sequence = try decoder.container(keyedBy: Key.self).decode(UInt64.self, forKey: .sequence)
    event = try HostEvent(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(sequence, forKey: .sequence)
    try event.encode(to: encoder)
  }
}

/// An event as one line of JSON.
enum EventLine {
  /// The line with its end.
  static func bytes(_ event: NumberedEvent) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(date.formatted(style))
    }
    // Every field is text or a number: there is nothing that it could refuse.
    let line = (try? encoder.encode(event)) ?? Data()
    return line.isEmpty ? [] : Array(line) + [UInt8(ascii: "\n")]
  }

  /// Numbers that were given: 2^60 events are more than any host has seen, and one more always fits.
  private static let numbers: ClosedRange<UInt64> = 1...(1 << 60)

  /// The event of a line; nil for one that a crash has torn, or with a number that was never given.
  static func event(_ line: some Collection<UInt8>) -> NumberedEvent? {
    decoded(line).flatMap { numbers.contains($0.sequence) ? $0 : nil }
  }

  /// Whether a line is an event with a number that was never given.
  static func isMisnumbered(_ line: some Collection<UInt8>) -> Bool {
    decoded(line).map { !numbers.contains($0.sequence) } ?? false
  }

  private static func decoded(_ line: some Collection<UInt8>) -> NumberedEvent? {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .custom { decoder in
      try Date(try decoder.singleValueContainer().decode(String.self), strategy: style)
    }
    return try? decoder.decode(NumberedEvent.self, from: Data(line))
  }

  private static var style: Date.ISO8601FormatStyle { Date.ISO8601FormatStyle(includingFractionalSeconds: true) }
}
