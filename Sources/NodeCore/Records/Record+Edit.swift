extension Record {
  /// Takes back a change that could not be written, as far as nothing has changed the same since.
  /// - Parameters:
  ///   - new: the record right after the change.
  ///   - old: right before it.
  mutating func takeBack(_ new: Record, to old: Record) {
    let present = self
    func takeBack<Value: Equatable>(_ field: WritableKeyPath<Record, Value>) {
      if new[keyPath: field] != old[keyPath: field], present[keyPath: field] == new[keyPath: field] {
        self[keyPath: field] = old[keyPath: field]
      }
    }
    // What its owner wants.
    takeBack(\.spec)
    takeBack(\.deviceAddresses)
    takeBack(\.pendingOperation)
    takeBack(\.snapshots)
    takeBack(\.wake)
    takeBack(\.generationID)
    takeBack(\.copiedFrom)
    takeBack(\.freeze)
    takeBack(\.images)
    takeBack(\.ports)
    takeBack(\.forwards)
    // What the life cycle remembers.
    takeBack(\.desired)
    takeBack(\.state)
    takeBack(\.generation)
    takeBack(\.why)
    takeBack(\.cut)
    takeBack(\.request)
    takeBack(\.ending)
    takeBack(\.restart)
    takeBack(\.attempts)
    takeBack(\.restarts)
    takeBack(\.boot)
    takeBack(\.entered)
    takeBack(\.startSeconds)
    // Others may have told something in between.
    if history == new.history { return history = old.history }
    let told = new.history.filter { !old.history.contains($0) }
    history.removeAll { told.contains($0) }
  }
}
