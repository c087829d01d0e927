package import IPC

/// Something that should not be, and since when it is known.
package struct Finding: Hashable {
  /// What it is.
  package let kind: FindingKind
  /// The interface, or what else it is about.
  package let interface: String
  /// What is wrong, and what to do about it.
  package let detail: String
  /// Whose it is, UInt32.max if nobody's.
  package let uid: UInt32
  /// The VM, blank if none.
  package let vm: VMIdentity
  /// Milliseconds of the daemon's clock.
  package var since: Int64

  /// Notes one that is known since now.
  package init(_ kind: FindingKind, _ interface: String, _ owner: Owner?, _ detail: String = "", now: Int64) {
    self.kind = kind
    self.interface = interface
    self.detail = detail
    uid = owner?.uid ?? .max
    vm = owner?.vm ?? VMIdentity()
    since = now
  }
}

extension Finding {
  /// The finding that somebody else's chain drops what is forwarded unless a rule there says otherwise.
  /// - Parameters:
  ///   - family: of the table, as nft(8) writes it.
  ///   - bridge: what names of bridges begin with.
  package static func blocked(_ family: String, _ table: String, _ chain: String, bridge: String, now: Int64) -> Finding
  {
    let rule = "\(family) \(table) \(chain)"
    // Docker leaves one chain to the administrator.
    let remedy =
      table == "filter" && chain == "FORWARD"
      ? "iptables -I FORWARD -i \(bridge)+ -j ACCEPT; iptables -I FORWARD -o \(bridge)+ -j ACCEPT"
      : "nft insert rule \(rule) iifname \"\(bridge)*\" accept; the same with oifname"
    let detail = "its policy is drop, so guests may reach nothing outside; permit them there: \(remedy)"
    return Finding(.blocked, rule, nil, detail, now: now)
  }

  /// The finding that netdns has left, since when.
  package static func unnamed(since: Int64) -> Finding {
    let detail = "it has left: guests that start now may get neither address nor name; start it, see its log"
    return Finding(.broken, "netdns", nil, detail, now: since)
  }
}

extension [Finding] {
  /// The same, known since when those of an earlier look were that are of the same thing.
  package func knownSince(_ earlier: [Finding]) -> [Finding] {
    map { finding in
      var finding = finding
      let same = earlier.first { old in
        old.kind == finding.kind && old.interface == finding.interface && old.uid == finding.uid
      }
      finding.since = same?.since ?? finding.since
      return finding
    }
  }
}
