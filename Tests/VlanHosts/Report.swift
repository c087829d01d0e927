import Glibc

/// What the machine tells the test that has started it, a line for each thing.
struct Report {
  private var held = 0

  /// Says whether something holds.
  mutating func check(_ text: String, _ holds: Bool, _ found: @autoclosure () -> String = "") {
    guard holds else { return fail("\(text) \(found())") }
    held += 1
    say("PASS \(text)")
  }

  func fail(_ text: String) { say("FAIL \(text)") }

  /// The last line tells how many should have been read.
  func end() { say("DONE \(held)") }

  func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(1, bytes, bytes.count)
  }
}
