public import Failure
public import Linux

/// A client of one QMP monitor (docs/interop/qmp-spec.txt of QEMU). Commands may overlap; answers find their command
/// by its id.
public actor QMPClient {
  /// What QEMU tells on its own. Ends with the connection. One reader; a late one loses the oldest beyond 1024.
  public nonisolated let events: AsyncStream<QMPEvent>
  /// The release that greeted.
  public nonisolated let version: QEMUVersion
  private let session: QMPSession

  private init(_ session: QMPSession, _ version: QEMUVersion) {
    self.session = session
    self.version = version
    events = session.events
  }

  deinit { session.close() }

  /// Connects to a monitor's socket and negotiates.
  /// - Parameter timeout: for greeting and negotiation, each. A monitor that somebody else holds accepts the connection
  ///   and stays silent.
  /// - Throws: `.timeout` if nobody greets, `.notFound` or `.unavailable` if nobody listens.
  public static func connect(path: String, timeout: Duration = .seconds(2)) async throws(Failure) -> QMPClient {
    do {
      return try await adopt(UnixSocket.connectAtOnce(path), timeout: timeout)
    } catch {
      var failure = error
      if failure.object.isEmpty { failure.object = path }
      throw failure
    }
  }

  /// The same on a socket that is connected already.
  public static func adopt(_ socket: consuming Descriptor, timeout: Duration = .seconds(2)) async throws(Failure)
    -> QMPClient
  {
    let session = QMPSession()
    do {
      let greeting = try await session.open(socket, timeout: timeout)
      _ = try await session.run("qmp_capabilities", nil, nil, timeout: timeout)
      let numbers = greeting["QMP"]?["version"]?["qemu"]
      func number(_ key: String) -> Int { Int(numbers?[key]?.integer ?? 0) }
      return QMPClient(session, QEMUVersion(number("major"), number("minor"), number("micro")))
    } catch {
      session.close()
      throw error
    }
  }

  /// Runs one command.
  /// - Parameters:
  ///   - descriptor: travels with the command (`getfd`, `add-fd`).
  ///   - timeout: after it the command may still take effect; its answer is dropped.
  /// - Returns: the value under `return`.
  /// - Throws: QEMU's own words, `.timeout`, or `.unavailable` once the connection has ended.
  @discardableResult
  public func execute(
    _ command: String, arguments: JSON? = nil, passing descriptor: consuming Descriptor? = nil,
    timeout: Duration = .seconds(10)
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
  public func close() { session.close() }
}
