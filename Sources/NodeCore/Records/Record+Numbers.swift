import VMSpec

/// Numbers of a record that was damaged or made by hand: somebody counts on from them, and a sum that does not fit would
/// end all of the supervisor.
extension Record {
  /// Doubles still count one by one up to there, and a thousand of it fit into 64 bits.
  private static let most = Double(1 << 53)
  /// More processors, devices or places than any machine has.
  private static let mostPlaces = 1 << 16

  /// The first number that no release writes, with its key; nil if all are fit to count with.
  var strangeNumber: (key: String, value: String)? {
    let counts: [(String, UInt64?)] =
      [
        ("generation", generation), ("restarts", restarts), ("memory", spec.memory),
        ("limits.memoryOverhead", spec.limits.memoryOverhead),
      ] + spec.disks.flatMap { [("disks.size", $0.size), ("disks.throughput", $0.throughput)] }
      + (snapshots?.all ?? []).flatMap(\.disks).map { ("snapshots.disks.size", $0.size) }
      + spec.nics.flatMap { [("bandwidth.send", $0.bandwidth?.send), ("bandwidth.receive", $0.bandwidth?.receive)] }
    if let (key, value) = counts.first(where: { Double($0.1 ?? 0) > Self.most }) { return (key, "\(value ?? 0)") }
    let times: [(String, Double?)] = [
      ("entered", entered?.sinceBoot), ("startSeconds", startSeconds), ("request.seconds", request?.seconds),
      ("request.end", request?.end?.sinceBoot), ("restart.seconds", restart?.seconds),
      ("restart.end", restart?.end?.sinceBoot),
    ]
    // Milliseconds are made of them.
    if let (key, value) = times.first(where: { !(abs($0.1 ?? 0) <= Self.most / 1000) }) {
      return (key, "\(value ?? 0)")
    }
    let attempts: [(String, Int?)] = [("attempts", attempts), ("restart.attempt", restart?.attempt)]
    if let (key, value) = attempts.first(where: { !(0...Int(Int32.max)).contains($0.1 ?? 0) }) {
      return (key, "\(value ?? 0)")
    }
    if let (key, value) = numbersOfPlaces.first(where: { !(0...Self.mostPlaces).contains($0.1) }) {
      return (key, "\(value)")
    }
    return nil
  }

  private var numbersOfPlaces: [(String, Int)] {
    func numbers(_ place: DeviceAddresses.Address) -> [(String, Int)] {
      [("number", place.number), ("port", place.port ?? 0)]
    }
    var all = [("vcpus", spec.vcpus)]
    if let deviceAddresses { all += (deviceAddresses.disks + deviceAddresses.nics).flatMap(numbers) }
    switch pendingOperation {
    case .detachDisk(_, let index, let place, _), .detachNIC(_, let index, let place):
      all += [("index", index)] + numbers(place)
    case .attachNIC(let number): all.append(("number", number))
    case .changeMedium(let drive, _, _): all.append(("drive", drive))
    case .save(let save): all += save.snapshot.disks.map { ("number", $0.number) }
    case .createSnapshot(let snapshot): all += snapshot.disks.map { ("number", $0.number) }
    case .attachDisk, .resizeDisk, .addDrive, .revertSnapshot, .deleteSnapshot, nil: break
    }
    let known = (snapshots?.all ?? []) + (snapshots?.leftovers ?? [])
    all += known.flatMap(\.disks).map { ("snapshots.disks.number", $0.number) }
    return all
  }
}
