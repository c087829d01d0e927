package import Failure
package import IPC
import IPCPeer

extension Audit.Reply {
  /// The same with what is scarce, and of the shards those that are in use.
  ///
  /// Scarce is what is used up to four fifths or more.
  package func completed(_ counters: Counters.Reply) -> Audit.Reply {
    var whole = self
    whole.findings += Self.scarcities(shards, counters)
    whole.shards = shards.filter(\.isInUse)
    return whole
  }

  private static func scarcities(_ shards: [Audit.Shard], _ counters: Counters.Reply) -> [Audit.Finding] {
    var found: [Audit.Finding] = []
    func note(_ what: String, _ used: Int, _ most: Int, _ remedy: String) {
      guard most > 0, used * 5 >= most * 4 else { return }
      var finding = Audit.Finding()
      (finding.kind, finding.interface) = (.scarce, what)
      finding.detail = "\(used) of \(most) are taken; \(remedy)"
      found.append(finding)
    }
    var names: [String] = []
    for shard in shards where !names.contains(shard.slot.network) { names.append(shard.slot.network) }
    for name in names {
      let own = shards.filter { $0.slot.network == name }
      note(
        "ports of \(name)", own.reduce(0) { $0 + Int($1.used) }, own.reduce(0) { $0 + Int($1.max) },
        "raise Shards= in netd.conf")
    }
    note("forward ports", Int(counters.forwards), Int(counters.maxForwards), "widen ForwardPorts= in netd.conf")
    note("clients", Int(counters.clients), Int(counters.maxClients), "raise MaxClients= in netd.conf")
    note("descriptors", Int(counters.descriptors), Int(counters.maxDescriptors), "raise LimitNOFILE= of netd")
    return found
  }
}

extension Audit {
  /// All pages in one.
  /// - Parameter fix: Whether orphans are to be removed first.
  package static func all(
    fix: Bool = false, _ ask: (Audit) throws(Failure) -> Audit.Reply
  ) throws(Failure) -> Audit.Reply {
    var request = Audit()
    request.fix = fix
    var whole = try ask(request)
    request.fix = false
    while whole.next != 0 {
      request.cursor = whole.next
      let page = try ask(request)
      whole.findings += page.findings
      whole.next = page.next
    }
    return whole
  }
}
