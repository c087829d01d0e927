import Failure
import IPC
import Netlink
import NetworkPlan

/// Interfaces of ours that nothing needs any more.
extension Daemon {
  /// Whether an interface is a bridge or trunk of an earlier configuration.
  func isLeftOver(_ link: Link, _ trunks: Set<String>) -> Bool {
    switch link.alias {
    case Links.bridgeTag: !panel.layout.hasBridge(link.name)
    case Links.trunkTag: !trunks.contains(link.name)
    default: false
    }
  }

  /// Removes orphans: those that have been known for the grace period and that nobody holds.
  /// - Parameter uid: The only user whose orphans are touched; nil for all.
  /// - Returns: How many are gone.
  func removeOrphans(of uid: UInt32?, now: Int64) throws(Failure) -> UInt16 {
    var removed: UInt16 = 0
    for finding in findings where finding.kind == .orphan && now - finding.since >= grace {
      // What names nobody is netd's own: a bridge, trunk or spare of an earlier configuration.
      guard uid == nil || finding.uid == uid || finding.uid == .max else { continue }
      guard try links.remove(orphan: finding.interface) else { continue }
      log.write(.notice, "orphan \(finding.interface) removed")
      removed += 1
    }
    if removed > 0 { try reconcile(now: now) }
    return removed
  }
}
