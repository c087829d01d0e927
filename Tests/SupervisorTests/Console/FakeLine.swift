import Failure
import Glibc
import Linux
import Testing

@testable import NodeCore

/// A serial line as QEMU offers it: one client on a socket, everything also appended to a log.
final class FakeLine {
  let folder: String
  private let listener: Descriptor
  private var client: Descriptor?
  private let file: Descriptor

  var socketPath: String { folder + "/console" }
  var logPath: String { folder + "/console.log" }

  init() throws {
    folder = "/tmp/pcline\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    listener = try UnixSocket.listen(folder + "/console", .stream, mode: 0o600)
    file = try Files.open(folder + "/console.log", O_WRONLY | O_APPEND | O_CREAT)
  }

  deinit { try? Files.removeFolder(folder) }

  func hub(history: Int = 1 << 20, cap: UInt64 = 16 << 20) -> ConsoleHub {
    ConsoleHub(log: GuestLog(logPath, cap: cap), history: history)
  }

  private var clientNumber: Int32? {
    switch client {
    case .some(let client): client.raw
    case nil: nil
    }
  }

  /// Takes the client that waits.
  func accept() throws {
    for _ in 0..<1000 {
      client = try UnixSocket.accept(listener.raw)
      if let number = clientNumber {
        _ = fcntl(number, F_SETFL, 0)
        return
      }
      usleep(1000)
    }
    throw Failure(.timeout, operation: "accept", cause: "no client came")
  }

  /// As QEMU: first to the client, then to the log.
  func write(_ text: String, logged: Bool = true) throws {
    if let client = clientNumber { try Files.writeAll(Array(text.utf8), to: client) }
    if logged { try Files.writeAll(Array(text.utf8), to: file.raw) }
  }

  /// What the client typed, once that many bytes have come.
  func typed(_ count: Int) throws -> String {
    var bytes: [UInt8] = []
    while bytes.count < count, let client = clientNumber {
      var entry = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 10_000) > 0 else { throw Failure(.timeout, operation: "read", cause: "nothing was typed") }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let got = read(client, &buffer, buffer.count)
      if got <= 0 { break }
      bytes += buffer.prefix(got)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The hypervisor ends.
  func hangUp() { client = nil }
}

/// A reader at a hub that takes what comes.
final class FakeReader {
  let hub: ConsoleHub
  let subscriber: ConsoleHub.Subscriber
  var text = ""
  var past = ""
  var notices: [String] = []
  var offset: UInt64 = 0
  var missed: UInt64 = 0
  var hasEnded = false

  init(_ hub: ConsoleHub, _ request: ConsoleHub.Request) async throws {
    self.hub = hub
    subscriber = try await hub.subscribe(request)
  }

  deinit { hub.unsubscribe(subscriber.number) }

  /// Takes everything that is there.
  func drain() {
    while !hasEnded, let output = hub.next(for: subscriber.number) {
      missed += output.missed
      offset = output.offset
      hasEnded = output.isEnd
      if !output.notice.isEmpty { notices.append(output.notice) }
      if output.isPast { past += String(decoding: output.bytes, as: UTF8.self) }
      text += String(decoding: output.bytes, as: UTF8.self)
    }
  }

  /// Takes until `condition` holds.
  func until(_ what: String, _ condition: (FakeReader) -> Bool) async throws {
    try await eventually(what, within: 10) {
      drain()
      return condition(self)
    }
  }
}
