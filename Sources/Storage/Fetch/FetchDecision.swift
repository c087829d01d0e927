package import Failure

/// What follows on an answer: a function of it and of what was before.
package enum FetchDecision: Hashable, Sendable {
  /// The file is there, so far as the server knows.
  case done
  /// The same question again after a while.
  case again(after: Duration)
  /// The same at once, from the first byte on.
  case fromStart
  case elsewhere(FetchURL)
  case fail(Failure)
}

/// How far a fetch is that may take several connections.
package struct FetchAttempts: Hashable, Sendable {
  /// Addresses that servers have sent us to since the beginning of this attempt.
  package var redirections = 0
  /// Attempts in a row by which no byte came.
  package var fruitless = 0
  /// How often servers have made us begin from the first byte.
  package var restarts = 0

  package init() {}

  /// Most servers that one attempt is sent to.
  package static let mostRedirections = 10
  /// Attempts in a row without a byte after which it is given up.
  package static let mostFruitless = 4
  /// Most times that it begins from the first byte, because what a server has is another version.
  package static let mostRestarts = 5

  /// - Parameters:
  ///   - validator: of the version whose bytes were there; empty for none.
  ///   - before: bytes of the file when the question was asked.
  ///   - now: bytes that it has now.
  ///   - most: bytes that it may have.
  package mutating func decide(
    _ report: FetchReport, url: FetchURL, validator: String, before: UInt64, now: UInt64, most: UInt64,
    _ operation: String
  ) -> FetchDecision {
    func failure(_ code: Failure.Code, _ cause: String, _ remedy: String) -> FetchDecision {
      .fail(
        Failure(
          code, part: .image, operation: operation, object: FetchURL.shown(url.text), cause: cause, remedy: remedy))
    }
    // A server that looks at Range and not at If-Range. One that was asked for all of it has no part to send.
    if report.status == 206, before > 0, !report.validator.isEmpty, report.validator != validator {
      return restart(failure)
    }
    switch report.end {
    case .whole:
      guard report.total == nil || report.total == now else { return again("it ended early", before, now, failure) }
      return .done
    case .most:
      return failure(
        .exhausted,
        ((report.total ?? UInt64(report.words)).map { "it has \($0) bytes" } ?? "it goes on after \(now) bytes")
          + ", and the pool has room for \(most)",
        "delete volumes, or use a pool with a larger capacity_gib")
    case .disk: return failure(.exhausted, "it cannot be written: \(report.words)", "see to space there")
    case .certificate:
      return failure(
        .denied, "the server is not trusted: \(report.words)",
        "name the file of its authority in vmsupervisor.conf: [Storage] FetchAuthorities=")
    case .refused: return failure(.protocol, report.words, "see what the server sends: curl -I URL")
    case .interrupted, .silent, .abandoned, nil:
      return again(report.words.isEmpty ? "the connection ended" : report.words, before, now, failure)
    case .status: return decide(status: report, url: url, before, now, operation, failure)
    }
  }

  private typealias Failing = (Failure.Code, String, String) -> FetchDecision

  private mutating func decide(
    status report: FetchReport, url: FetchURL, _ before: UInt64, _ now: UInt64, _ operation: String,
    _ failure: Failing
  ) -> FetchDecision {
    switch report.status {
    case 301, 302, 303, 307, 308:
      redirections += 1
      guard redirections <= Self.mostRedirections else {
        return failure(
          .protocol, "servers have sent us on \(Self.mostRedirections) times, and again", "name the address of the file"
        )
      }
      guard let location = report.location else {
        return failure(.protocol, "the server sends us on, and does not say where", "name the address of the file")
      }
      do throws(Failure) { return .elsewhere(try url.redirected(to: location, operation)) } catch {
        return .fail(error)
      }
    case 416 where before > 0, 412 where before > 0: return restart(failure)
    case 404, 410: return failure(.notFound, "the server does not have it (\(report.status))", "correct the URL")
    case 401, 403:
      return failure(.denied, "the server refuses it (\(report.status))", "use an address that needs no login")
    case 408, 425, 429, 500...599: return again("the server answers \(report.status)", before, now, failure)
    default: return failure(.protocol, "the server answers \(report.status)", "see what it sends: curl -I URL")
    }
  }

  /// After what only the whole file can help against.
  private mutating func restart(_ failure: Failing) -> FetchDecision {
    // It begins at the first server again.
    (redirections, restarts) = (0, restarts + 1)
    guard restarts <= Self.mostRestarts else {
      return failure(
        .protocol, "the server has had us begin again \(Self.mostRestarts) times, and does once more",
        "use a server that keeps a file as it is")
    }
    return .fromStart
  }

  /// After what another attempt can help against.
  package mutating func again(
    _ cause: String, _ before: UInt64, _ now: UInt64, _ failure: (Failure.Code, String, String) -> FetchDecision
  ) -> FetchDecision {
    redirections = 0
    fruitless = now > before ? 1 : fruitless + 1
    guard fruitless < Self.mostFruitless else {
      return failure(
        .unavailable, "\(cause), \(fruitless) times in a row without a byte", "see to the server, then fetch it again")
    }
    return .again(after: .seconds(1 << (fruitless - 1)))
  }
}
