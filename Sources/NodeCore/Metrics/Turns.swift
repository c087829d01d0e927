import Linux

/// Who is read next, where reading all at every collection would cost too much: each time as many take their turn as fit
/// into a part of the interval, and those that come first do not keep the others from theirs.
struct Turns {
  private var next = 0

  /// Reads some of the VMs that have a process.
  /// - Parameters:
  ///   - budget: microseconds that may be used; one VM is always read.
  ///   - read: nil if there is nothing to be read of it.
  mutating func take<Reading>(
    _ faces: [VMFace], budget: UInt64, _ read: (VMFace, VMFace.Run) -> Reading?
  ) -> [String: Reading] {
    var readings: [String: Reading] = [:]
    let start = Clock.microseconds()
    for _ in faces.indices {
      if next >= faces.count { next = 0 }
      let face = faces[next]
      next += 1
      guard let run = face.run else { continue }
      guard readings.isEmpty || Clock.microseconds() - start < budget else {
        next -= 1
        break
      }
      if let reading = read(face, run) { readings[face.id] = reading }
    }
    return readings
  }
}
