import IPC
import IPCFrames

/// Frames between the hosts.
extension Scenario {
  /// Guests of a network reach each other over the wire, tagged, and reach no other network.
  func traffic(_ guests: Guests, _ when: String, _ report: inout Report) throws {
    // All first: what is not heard of one pair is known by a frame of the other's.
    for pair in [guests.lab, guests.outer] { try meet(pair[0], pair[1]) }
    for (name, vlan, pair, others) in [
      ("lab", UInt16(100), guests.lab, guests.outer), ("outer", 200, guests.outer, guests.lab),
    ] {
      let (near, far) = (pair[0], pair[1])
      let steps: [(String, Guest, Guest, [UInt8])] = [
        ("a question", near, far, near.question(about: far.port.address)),
        ("an answer", far, near, far.answer(to: near)),
        ("a packet of \(near.port.mtu) bytes", near, far, near.packet(to: far)),
      ]
      for (what, sender, receiver, frame) in steps {
        try sender.cable.send(frame)
        _ = try receiver.cable.frames(until: frame)
        let seen = try wire.mirror.frames(until: Frame.tagged(frame, vlan))
        report.check(
          "\(what) in \(name) crosses the wire in VLAN \(vlan) and arrives without its tag\(when)",
          !seen.contains(frame))
      }
      let strays = try heard(by: others)
      report.check(
        "nothing of \(name) reaches the other network\(when)",
        !strays.contains { stray in steps.contains { stray.dropFirst(12).starts(with: $0.3.dropFirst(12)) } })
    }
  }

  /// Asks until it is heard, both ways: the kernel loses frames as long as it has not noticed that a port is on.
  func meet(_ near: Guest, _ far: Guest) throws {
    for (sender, receiver) in [(near, far), (far, near)] {
      let knock = sender.question(about: sender.port.address ^ 128)
      try wait("\(sender.port.tap) is heard") {
        try sender.cable.send(knock)
        return (try? receiver.cable.frames(until: knock, seconds: 1)) != nil
      }
    }
  }

  /// What a pair of guests has heard from anybody but each other: up to a frame that went behind everything so far.
  private func heard(by pair: [Guest]) throws -> [[UInt8]] {
    var frames: [[UInt8]] = []
    for (sender, receiver) in [(pair[0], pair[1]), (pair[1], pair[0])] {
      let fence = sender.answer(to: receiver)
      try sender.cable.send(fence)
      frames += try receiver.cable.frames(until: fence).dropLast()
    }
    return frames
  }

  /// What was on the wire up to a frame that went behind everything so far.
  private func carried(_ guests: Guests) throws -> [[UInt8]] {
    let fence = guests.lab[0].answer(to: guests.lab[1])
    try guests.lab[0].cable.send(fence)
    let seen = try wire.mirror.frames(until: Frame.tagged(fence, 100))
    _ = try guests.lab[1].cable.frames(until: fence)
    return seen
  }

  /// A guest cannot choose its VLAN, nor can the wire reach a guest but in the VLAN of its network.
  func escapes(_ guests: Guests, _ report: inout Report) throws {
    _ = try carried(guests)
    for (guest, name, other) in [(guests.lab[0], "lab", UInt16(200)), (guests.outer[0], "outer", 100)] {
      let inner = guest.question(about: guest.port.address &+ 77)
      for type: UInt16 in [0x8100, 0x88a8] {
        try guest.cable.send(Frame.tagged(inner, other, protocol: type))
        try guest.cable.send(Frame.tagged(Frame.tagged(inner, other), 1, protocol: type))
      }
      let seen = try carried(guests)
      report.check(
        "what a guest of \(name) has tagged itself goes nowhere",
        !seen.contains { $0.count > 40 && $0.suffix(28) == inner.suffix(28) })
    }
    let gateway = guests.lab[0].question(about: guests.lab[0].port.gateway)
    try guests.lab[0].cable.send(gateway)
    let seen = try carried(guests)
    report.check("a question for the gateway stays on its host", !seen.contains(Frame.tagged(gateway, 100)))

    // Somebody else on the wire.
    let stranger = Guest(VMIdentity(), guests.lab[0].port, wire.mirror)
    let frame = Frame.ethernet(
      to: Frame.broadcast, from: 0x02aa_0000_0003, type: 0x0806,
      [0, 1, 8, 0, 6, 4, 0, 1] + Frame.bytes(0x02aa_0000_0003, 6) + Frame.bytes(0x0a65_00fa, 4)
        + Frame.bytes(0, 6) + Frame.bytes(UInt64(guests.lab[1].port.address), 4))
    for vlan: UInt16 in [300, 200] { try stranger.cable.send(Frame.tagged(frame, vlan)) }
    try stranger.cable.send(frame)
    for guest in guests.outer { _ = try guest.cable.frames(until: frame) }
    let strays = try heard(by: guests.lab)
    report.check(
      "frames without a tag, of an unknown VLAN, and of VLAN 200 reach nobody in VLAN 100", !strays.contains(frame))
    let outer = try heard(by: guests.outer)
    report.check("those of VLAN 200 have reached its guests, once", !outer.contains(frame))
    try stranger.cable.send(Frame.tagged(frame, 100))
    for guest in guests.lab { _ = try guest.cable.frames(until: frame) }
    report.check("a frame of VLAN 100 from elsewhere reaches the guests of both hosts", true)
  }
}
