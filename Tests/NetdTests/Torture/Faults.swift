import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux
import Netlink

@testable import NetworkPlan
@testable import netd

/// What goes wrong around netd, and to it.
extension Torture {
  func endHolder() throws {
    let held = holders.keys.sorted { ($0.uid, $0.vm.low, $0.nic) < ($1.uid, $1.vm.low, $1.nic) }
    guard let owner = held.randomElement(using: &random), let holder = holders.removeValue(forKey: owner) else {
      return
    }
    let isKilled = Bool.random(using: &random)
    try holder.end(by: isKilled ? SIGKILL : SIGTERM)
    note(isKilled ? "holder killed" : "holder ends", "\(owner)")
    if model.solid[owner]?.isKept == false { model.fade(owner) }
  }

  /// Somebody with root's hands.
  func meddle() throws {
    switch Int.random(in: 0..<5, using: &random) {
    case 0..<3:
      let taps = try route.links().filter { $0.kind == "tun" }.map(\.name).sorted()
      guard let name = taps.randomElement(using: &random), try isDeleted(name) else { return }
      note("TAP deleted by hand", name)
      guard let owner = model.solid.first(where: { $0.value.port.tap == name })?.key else { return }
      if let holder = holders.removeValue(forKey: owner) { strays.append(holder) }
      model.solid[owner]?.hasTap = false
      if model.solid[owner]?.isKept == false { model.fade(owner) }
    case 3:
      guard let name = Self.bridges.randomElement(using: &random), try isDeleted(name) else { return }
      note("bridge deleted by hand", name)
    default:
      isGuardDoubtful = true
      try World.nft("flush", "ruleset")
      note("ruleset flushed by hand")
    }
  }

  private func isDeleted(_ name: String) throws -> Bool {
    do { try route.deleteLink(name) } catch let failure {
      if failure.errno == ENODEV { return false }
      throw failure
    }
    return true
  }

  private func someFaults() throws {
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      if Bool.random(using: &random) { try endHolder() } else { try meddle() }
    }
  }

  private func nap(_ microseconds: ClosedRange<UInt32>) { usleep(UInt32.random(in: microseconds, using: &random)) }

  /// netd stands still while the world goes on.
  func pause() throws {
    note("netd stopped and continued")
    let pid = rig.pid
    _ = try root.call(
      Audit(),
      meanwhile: {
        try Errno.check(kill(pid, SIGSTOP))
        defer { kill(pid, SIGCONT) }
        try someFaults()
        nap(0...150_000)
      })
  }

  /// Somebody who does not speak the protocol is cut off, and nobody else.
  func disturb() throws {
    note("broken frames")
    let socket = try rig.connect(as: Self.users.randomElement(using: &random) ?? 0)
    try UnixSocket.limitWaiting(socket.raw, seconds: 10)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return
    case 1:
      let count = Int.random(in: 1...300, using: &random)
      try Packets.send((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }, to: socket.raw)
    case 2: try Packets.send([UInt8](repeating: 1, count: Wire.maxFrame + 1), to: socket.raw)
    case 3:
      let frame = try Frame.encode(FrameHeader(id: 1, verb: Hello.verb, kind: .request), Hello(client: "bad"))
      try Packets.send(frame, numbers: [socket.raw], to: socket.raw)
    default:
      let early = Attach(vm: Self.vms[0], nic: 0, network: "default")
      try Packets.send(
        try Frame.encode(FrameHeader(id: 1, verb: Attach.verb, kind: .request), early), to: socket.raw)
    }
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = recv(socket.raw, &buffer, buffer.count, 0)
    // A connection whose other side has not read everything is reset.
    try request(count == 0 || (count < 0 && errno == ECONNRESET), "a broken frame is answered: \(count), \(errno)")
  }

  /// Reaches for what is another user's.
  func reach() throws {
    let others = model.solid.keys.sorted { ($0.uid, $0.vm.low, $0.nic) < ($1.uid, $1.vm.low, $1.nic) }
    guard let victim = others.randomElement(using: &random), let holding = model.solid[victim],
      let uid = callers.keys.filter({ $0 != victim.uid }).sorted().randomElement(using: &random),
      let caller = callers[uid]
    else { return }
    note("reach for others'", "\(uid) for \(victim)")
    if let handle = holding.handle {
      let outcome = caller.perform(.detach(victim, handle: handle))
      guard case .refused(let failure) = outcome, failure.code == .notFound else {
        return try request(false, "\(uid) detaches \(victim): \(outcome)")
      }
    }
    let theft = Keep(leases: [Keep.Lease(vm: VMIdentity(high: 1, low: 1), nic: 0, slot: holding.slot)])
    try request(try caller.call(theft).refused == [0], "\(uid) keeps the slot of \(victim)")
    // The next check sees that nothing has changed.
  }

  // MARK: The end of netd

  func crash() throws {
    let signal = Int.random(in: 0..<4, using: &random) == 0 ? SIGTERM : SIGKILL
    note("netd ends", "signal \(signal)")
    try rig.end(by: signal)
    try revive()
  }

  /// Starts netd, which may be killed while it starts, after whatever has happened meanwhile.
  func revive() throws {
    callers = [:]
    try someFaults()
    while Int.random(in: 0..<3, using: &random) == 0 {
      try rig.start()
      nap(0...60_000)
      note("netd killed at its start")
      try rig.end(by: SIGKILL)
    }
    try rig.start()
    try rig.expect("READY=1")
    root = try Caller(rig, uid: 0)
    try forgetWhatNetdForgets()
    for uid in Self.users.shuffled(using: &random) where Int.random(in: 0..<6, using: &random) > 0 { try connect(uid) }
  }

  private func forgetWhatNetdForgets() throws {
    for (owner, var holding) in model.solid {
      if holding.isGivenBack == true { holding.isGivenBack = nil }
      if isGuardDoubtful {
        let left = try forwards(of: owner)
        try request(left.allSatisfy { holding.forwards[$0.key] == $0.value }, "\(owner) has forwards that it never had")
        (holding.rules, holding.forwards) = (nil, left)
      }
      model.solid[owner] = holding
      if holding.hasTap { continue }
      model.solid[owner] = nil
      if let holder = holders.removeValue(forKey: owner) { strays.append(holder) }
      guard holding.isKept, !doubtful.contains(owner) else { continue }
      (holding.isRestricted, holding.rules, holding.forwards) = (false, Model.Rules(), [:])
      model.claimed[owner] = holding
    }
    for owner in doubtful { try adopt(owner) }
    doubtful = []
  }

  /// A supervisor starts: it says what it remembers.
  func connect(_ uid: UInt32) throws {
    note("supervisor starts", "\(uid)")
    let caller = try Caller(rig, uid: uid)
    let claimed = model.claimed.filter { $0.key.uid == uid }
    let kept = model.solid.filter { $0.key.uid == uid && $0.value.isKept }
    var all = Array(kept) + Array(claimed)
    all.sort { ($0.key.vm.low, $0.key.nic) < ($1.key.vm.low, $1.key.nic) }
    all.shuffle(using: &random)
    repeat {
      let some = all.prefix(.random(in: 1...6, using: &random))
      all.removeFirst(some.count)
      let leases = some.map { owner, holding in
        Keep.Lease(vm: owner.vm, nic: owner.nic, slot: holding.slot)
      }
      let refused = try caller.call(Keep(leases: leases, more: !all.isEmpty)).refused
      for (index, (owner, holding)) in some.enumerated() {
        let isRefused = refused.contains(UInt16(index))
        try request(!isRefused || model.solid[owner] == nil, "\(owner) may not keep \(holding.slot)")
        guard model.claimed.removeValue(forKey: owner) != nil, !isRefused else { continue }
        var holding = holding
        holding.hasTap = try route.link(holding.port.tap) != nil
        (holding.handle, holding.isGivenBack) = (nil, false)
        model.solid[owner] = holding
      }
    } while !all.isEmpty
    callers[uid] = caller
  }
}
