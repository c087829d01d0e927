import GRPCCore

extension StreamingServerResponse {
  /// The same response, with something that lives until all of it has been written.
  func keeping(_ token: some AnyObject & Sendable) -> Self {
    var response = self
    response.accepted = accepted.map { contents in
      .init(metadata: contents.metadata) { writer in
        defer { withExtendedLifetime(token) {} }
        return try await contents.producer(writer)
      }
    }
    return response
  }
}
