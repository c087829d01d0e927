import Glibc
import IPC
import Linux

@testable import NetworkPlan
@testable import netd

/// What an answer changes, and what it must not say.
extension Torture {
  /// - Parameter isLate: Whether other things have happened since it was given.
  func apply(_ ask: Ask, _ outcome: Outcome, isLate: Bool = false) throws {
    let owner = ask.owner
    switch (ask, outcome) {
    case (_, .refused(let failure)):
      try request(isLate || isJustified(ask, failure), "refused without a reason: \(failure)")
    case (.attach(_, let network, let address, let keep), .attached(let reply, let cell)):
      try request(reply.slot.network == network, "a port of \(reply.slot.network) was given for \(network)")
      try request(address == 0 || reply.port.address == address, "another address was given than the wanted one")
      try takeOver(owner, reply, keep: keep, isLate: isLate)
      guard let tap = cell.take() else { return }
      if !isLate { try checkTag(owner) }
      if isLate || Int.random(in: 0..<5, using: &random) > 0 {
        holders[owner] = try Holder(tap)
      } else if !keep {
        model.fade(owner)
      }
    case (.detach, .done):
      model.solid[owner]?.isGivenBack = true
      if !isHeld(owner), model.solid[owner]?.isKept == false { model.fade(owner) }
    case (.forget(let uid, let vm), .forgotten(let freed)):
      let known = model.solid.keys.filter { $0.uid == uid && $0.vm == vm }
      try request(Int(freed) >= known.count, "\(freed) ports were freed of \(known.count)")
      for owner in known {
        model.solid[owner]?.isKept = false
        model.solid[owner]?.isGivenBack = true
        if !isHeld(owner) { model.fade(owner) }
      }
    case (.policy(_, let isRestricted, let rules), .done):
      model.solid[owner]?.isRestricted = isRestricted
      model.solid[owner]?.rules = rules
    case (.forward(_, let transport, let guestPort, let hostPort, let isClosed), .forwarded(let number)):
      let port = HostPort(transport: transport, number: number)
      guard var holding = model.solid[owner] else { return }
      if isClosed {
        holding.forwards = holding.forwards.filter { port, guest in
          !(port.transport == transport && guest == guestPort && (hostPort == 0 || hostPort == port.number))
        }
      } else {
        try request(hostPort == 0 || number == hostPort, "another port was forwarded than the wanted one")
        try request(Self.forwardPorts.contains(number), "port \(number) is none that may be forwarded")
        try request(
          model.holder(of: port).map { $0 == owner && holding.forwards[port] == guestPort } ?? true,
          "port \(number) is forwarded to another guest")
        holding.forwards[port] = guestPort
      }
      model.solid[owner] = holding
    default: try request(false, "\(ask) -> \(outcome)")
    }
  }

  private func takeOver(_ owner: Owner, _ reply: Attach.Reply, keep: Bool, isLate: Bool) throws {
    let other = model.holder(of: reply.slot)
    try request(other == nil || other == owner, "\(reply.slot) of \(String(describing: other)) was given to \(owner)")
    var holding: Model.Holding
    if let own = model.solid[owner] {
      try request(own.slot == reply.slot, "\(owner) had \(own.slot) and was given \(reply.slot)")
      try request(!isHeld(owner), "a port that is held was given out again: \(reply.slot)")
      holding = own
    } else {
      holding = Model.Holding(slot: reply.slot, port: reply.port, isKept: keep)
      // Taken back in time: what was said before still holds.
      if let own = model.fading.removeValue(forKey: owner), own.slot == reply.slot {
        if isLate { doubtful.insert(owner) } else { holding = try learn(owner) ?? holding }
      }
    }
    model.claimed[owner] = nil
    if let stray = holders.removeValue(forKey: owner) { strays.append(stray) }
    holding.handle = reply.handle
    holding.isKept = keep
    holding.isGivenBack = false
    holding.hasTap = true
    model.solid[owner] = holding
  }

  /// The kernel must remember a lease as its owner does.
  func checkTag(_ owner: Owner) throws {
    guard let holding = model.solid[owner], holding.hasTap else { return }
    let tag = LeaseTag(isKept: holding.isKept, isRestricted: holding.isRestricted)
    let alias = try route.link(holding.port.tap)?.alias ?? "nothing"
    try request(alias == Tag.lease(owner, tag).text, "\(holding.port.tap) is tagged \(alias), and should be \(tag)")
  }

  /// Learns from kernel and netd what a port is, where no answer has told it; nil if there is none.
  func learn(_ owner: Owner) throws -> Model.Holding? {
    let entry = try root.ports().first { $0.uid == owner.uid && $0.vm == owner.vm && $0.nic == owner.nic }
    guard let entry else { return nil }
    var holding = model.solid[owner] ?? Model.Holding(slot: entry.slot, port: entry.port, isKept: false)
    try request(holding.slot == entry.slot, "\(owner) had \(holding.slot), now \(entry.slot)")
    (holding.isGivenBack, holding.rules) = (nil, nil)
    if let alias = try route.link(entry.port.tap)?.alias, case .lease(owner, let tag)? = Tag(alias) {
      (holding.isKept, holding.isRestricted) = (tag.isKept, tag.isRestricted)
    }
    holding.forwards = try forwards(of: owner)
    return holding
  }

  /// Takes that into the model.
  func adopt(_ owner: Owner) throws {
    guard let holding = try learn(owner) else { return model.fade(owner) }
    (model.fading[owner], model.claimed[owner]) = (nil, nil)
    model.solid[owner] = holding
    if !isHeld(owner), !holding.isKept { model.fade(owner) }
  }

  func forwards(of owner: Owner) throws -> [HostPort: UInt16] {
    var forwards: [HostPort: UInt16] = [:]
    for entry in try root.forwards() where entry.uid == owner.uid && entry.vm == owner.vm && entry.nic == owner.nic {
      forwards[HostPort(transport: entry.transport, number: entry.hostPort)] = entry.guestPort
    }
    return forwards
  }
}
