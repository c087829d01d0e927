/// Lets a few go on at a time, in the order in which they came.
actor Turns {
  /// Those who want a host of their own. Its guests boot on the translator, which takes a core each; then they mostly wait.
  static let hosts = Turns(2)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = count }

  /// Returns when it is the caller's turn.
  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  /// Ends the caller's turn.
  func pass() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
