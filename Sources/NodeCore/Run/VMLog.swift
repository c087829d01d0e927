import Logging

/// The log of the host, as far as it is about one VM.
struct VMLog: Sendable {
  private let logger: Logger
  private let metadata: Logger.Metadata

  init(_ logger: Logger, id: String, name: String) {
    self.logger = logger
    metadata = ["VM_ID": "\(id)", "VM_NAME": "\(name)"]
  }

  /// Writes a line.
  /// - Parameter author: whose doing it is; nil where that is not to be told.
  func callAsFunction(
    _ level: Logger.Level, _ message: @autoclosure () -> Logger.Message, by author: Author? = nil
  ) {
    logger.log(level: level, message(), metadata: author.map { metadata.merging($0.metadata) { $1 } } ?? metadata)
  }
}
