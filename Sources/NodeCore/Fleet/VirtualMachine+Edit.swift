package import Failure

/// The record is changed in two ways, and in no other.
extension VirtualMachine {
  /// Changes what is to be: written first, then true. What cannot be written is as it was; what came in between stays.
  /// - Parameter purpose: whether the last room of a full disk may be taken for it.
  /// - Throws: why it cannot be written.
  package func edit(
    for purpose: RecordStore.Purpose = .beginning, _ change: (inout Record) -> Void
  ) async throws(Failure) {
    let old = record
    change(&record)
    let new = record
    guard new != old else { return }
    do throws(Failure) { try await context.store.save(new, for: purpose) } catch {
      record.takeBack(new, to: old)
      throw error
    }
  }

  /// Notes what has happened, which is true whether it can be written or not.
  /// - Returns: why it is not written; that is in the log too.
  @discardableResult func keep(_ change: (inout Record) -> Void) async -> Failure? {
    change(&record)
    do throws(Failure) { try await context.store.save(record, for: .ending) } catch {
      context.log.error("\(error)", metadata: metadata(.current))
      return error
    }
    return nil
  }
}
