package import Failure
package import Life
package import Logging

/// What its files have in common.
extension VirtualMachine {
  package var record: Record { keeper.record }
  package var life: LifeCycle { state.life }
  package var run: VMRun? { state.run }
  package var isRetired: Bool { state.isRetired }
  package var hasAnswered: Bool { state.hasAnswered }
  var queue: BlockingQueue { work.queue }
  package nonisolated var metadata: Logger.Metadata { ["VM_ID": "\(id)", "VM_NAME": "\(name)"] }

  func edit(
    for purpose: RecordStore.Purpose = .beginning, _ change: (inout Record) -> Void
  ) async throws(Failure) {
    try await keeper.edit(for: purpose, change)
  }

  package func tell(_ what: String, _ why: Failure? = nil, kind: EventKind = .operation, by author: Author = .current) {
    reporter.tell(what, why, kind: kind, by: author)
  }

  package func announce() { reporter.announce() }
}
