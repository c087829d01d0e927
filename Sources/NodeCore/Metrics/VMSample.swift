/// Everything that the board knows about one VM.
package struct VMSample: Sendable {
  package private(set) var summary: VMSummary
  /// Of the present run.
  package private(set) var readings = Readings()
  package private(set) var rates = VMRates()

  package init(_ summary: VMSummary) { self.summary = summary }

  /// Takes what the supervisor knows now. Readings of another run are forgotten.
  package mutating func take(_ summary: VMSummary) {
    if summary.run?.token != self.summary.run?.token { (readings, rates) = (Readings(), VMRates()) }
    self.summary = summary
  }

  /// Changes readings of the run `token`; those of a run that has ended meanwhile are dropped.
  package mutating func read(_ token: String, _ change: (inout Readings) -> Void) {
    guard summary.run?.token == token else { return }
    let old = readings
    change(&readings)
    rates.update(from: old, to: readings)
  }
}
