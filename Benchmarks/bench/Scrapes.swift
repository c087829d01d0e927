import Failure
import Glibc
import Linux

/// What a monitoring system and somebody at a terminal wait for.
enum Scrapes {
  private static let request = Array("GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".utf8)

  /// A connection, a request, and the whole answer.
  /// - Parameter copy: file that gets the last answer, for the floor.
  static func measure(_ rounds: Int, socket: String, copy: String) throws {
    var answer: [UInt8] = []
    for round in -3..<rounds {
      let begun = Stopwatch.now()
      answer = try scrape(socket)
      if round >= 0 { sample(begun, Stopwatch.now()) }
    }
    guard answer.starts(with: Array("HTTP/1.1 200".utf8)) else {
      throw Failure(
        .protocol, operation: "scrape", object: socket,
        cause: "it answers \(String(decoding: answer.prefix(80), as: UTF8.self))")
    }
    try Files.replace(copy, with: answer, durable: false)
  }

  private static func scrape(_ path: String) throws -> [UInt8] {
    let socket = try UnixSocket.connect(path, .stream)
    try Files.writeAll(request, to: socket.raw)
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(socket.raw, &buffer, buffer.count)
      guard count > 0 else { return answer }
      answer += buffer[..<count]
    }
  }

  /// A program from its execution to its end; what it writes is dropped.
  static func program(_ rounds: Int, words: [String], environment: [String]) throws {
    let null = try Files.open("/dev/null", O_RDWR)
    for round in -1..<rounds {
      let begun = Stopwatch.now()
      let process = try ProcessHandle.spawn(
        words[0], arguments: words, environment: environment, descriptors: [(null.raw, 0), (null.raw, 1), (2, 2)])
      guard try process.reap(blocking: true) == .exited(0) else {
        throw Failure(.system, operation: "run", object: words.joined(separator: " "), cause: "it failed")
      }
      if round >= 0 { sample(begun, Stopwatch.now()) }
    }
  }
}
