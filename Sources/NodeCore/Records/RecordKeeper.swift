package import Failure
import FoundationEssentials
import Logging

/// The record of one VM. It is changed in two ways, and in no other: by `edit` and by `keep`. Belongs to the VM's actor.
package final class RecordKeeper {
  package private(set) var record: Record
  private let store: RecordStore
  private let log: Logger

  init(_ record: Record, in store: RecordStore, _ log: Logger) {
    self.record = record
    self.record.settleImages()
    self.store = store
    self.log = log
  }

  /// Changes what is to be: written first, then true. What cannot be written is as it was; what came in between stays.
  /// - Parameter purpose: whether the last room of a full disk may be taken for it.
  /// - Throws: why it cannot be written.
  nonisolated(nonsending) package func edit(
    for purpose: RecordStore.Purpose = .beginning, _ change: (inout Record) -> Void
  ) async throws(Failure) {
    let old = record
    change(&record)
    let new = record
    guard new != old else { return }
    do throws(Failure) { try await store.save(new, for: purpose) } catch {
      record.takeBack(new, to: old)
      throw error
    }
  }

  /// Notes what has happened, which is true whether it can be written or not.
  /// - Returns: why it is not written; that is in the log too.
  @discardableResult
  nonisolated(nonsending) func keep(_ change: (inout Record) -> Void) async -> Failure? {
    change(&record)
    do throws(Failure) { try await store.save(record, for: .ending) } catch {
      var metadata = Author.current.metadata
      metadata["VM_ID"] = "\(record.id)"
      metadata["VM_NAME"] = "\(record.spec.name)"
      log.error("\(error)", metadata: metadata)
      return error
    }
    return nil
  }

  /// Adds a remark to the history, written with the next change.
  func remark(_ what: String) { record.tell(HistoryEntry(time: Date(), what: what)) }
}
