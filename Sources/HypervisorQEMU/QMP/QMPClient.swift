package import Failure
package import Linux
package import Text

/// A client of one QMP monitor (docs/interop/qmp-spec.txt of QEMU). Commands may overlap; answers find their command
/// by its id.
package actor QMPClient {
  /// What QEMU tells on its own. Ends with the connection. One reader; a late one loses the oldest beyond 1024.
  package nonisolated let events: AsyncStream<QMPEvent>
  /// Events of one name that are passed on each second once there were many; of those that tell the machine's state, all.
  package static let eventsPerSecond = Int(QMPEventRates.perSecond)
  /// The release that greeted.
  package nonisolated let version: QEMUVersion
  /// The answers to what was asked with the negotiation, in the order of the questions.
  package nonisolated let firstAnswers: [Result<JSON, Failure>]
  private let session: QMPSession

  private init(_ session: QMPSession, _ opening: QMPSession.Opening) {
    self.session = session
    let numbers = opening.greeting["QMP"]?["version"]?["qemu"]
    func number(_ key: String) -> Int { Int(numbers?[key]?.integer ?? 0) }
    version = QEMUVersion(number("major"), number("minor"), number("micro"))
    firstAnswers = Array(opening.answers.dropFirst())
    events = session.events
  }

  deinit { session.close() }

  /// Connects to a monitor's socket and negotiates.
  /// - Parameters:
  ///   - commands: asked in the same exchange; seven at most. Their answers are `firstAnswers`.
  ///   - timeout: for all of it. A monitor that somebody else holds accepts the connection and stays silent.
  /// - Throws: `.timeout` if nobody greets, `.notFound` or `.unavailable` if nobody listens.
  package static func connect(
    path: String, asking commands: [String] = [], timeout: Duration = .seconds(2)
  ) async throws(Failure) -> QMPClient {
    do {
      return try await adopt(UnixSocket.connectAtOnce(path), asking: commands, timeout: timeout)
    } catch {
      var failure = error
      if failure.object.isEmpty { failure.object = path }
      throw failure
    }
  }

  /// The same on a socket that is connected already.
  package static func adopt(
    _ socket: consuming Descriptor, asking commands: [String] = [], timeout: Duration = .seconds(2)
  ) async throws(Failure) -> QMPClient {
    let session = QMPSession()
    do {
      let opening = try await session.open(socket, asking: commands, timeout: timeout)
      _ = try opening.answers.first?.get()
      return QMPClient(session, opening)
    } catch {
      session.close()
      throw error
    }
  }

  /// How long an answer may take when nobody says otherwise.
  package static let usualTimeout: Duration = .seconds(10)

  /// Runs one command.
  /// - Parameters:
  ///   - descriptor: travels with the command (`getfd`, `add-fd`).
  ///   - timeout: after it the command may still take effect; its answer is dropped.
  /// - Returns: the value under `return`.
  /// - Throws: QEMU's own words, `.timeout`, or `.unavailable` once the connection has ended.
  @discardableResult
  package func execute(
    _ command: String, arguments: JSON? = nil, passing descriptor: consuming Descriptor? = nil,
    timeout: Duration = QMPClient.usualTimeout
  ) async throws(Failure) -> JSON {
    var cell: DescriptorCell?
    if let descriptor = descriptor.take() { cell = DescriptorCell(descriptor) }
    do {
      return try await session.run(command, arguments, cell, timeout: timeout)
    } catch {
      var failure = error
      if failure.object.isEmpty { failure.object = command }
      throw failure
    }
  }

  /// Ends the connection; QEMU goes on.
  package func close() { session.close() }
}
