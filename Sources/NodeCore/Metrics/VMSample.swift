/// Everything that the board knows about one VM.
package struct VMSample: Sendable {
  package private(set) var face: VMFace
  /// Of the present run.
  package private(set) var readings = Readings()
  package private(set) var rates = VMRates()

  package init(_ face: VMFace) { self.face = face }

  /// Takes what the supervisor knows now. Readings of another run are forgotten.
  package mutating func take(_ face: VMFace) {
    if face.run?.token != self.face.run?.token { (readings, rates) = (Readings(), VMRates()) }
    self.face = face
  }

  /// Changes readings of the run `token`; those of a run that has ended meanwhile are dropped.
  package mutating func read(_ token: String, _ change: (inout Readings) -> Void) {
    guard face.run?.token == token else { return }
    let old = readings
    change(&readings)
    rates.update(from: old, to: readings)
  }
}
