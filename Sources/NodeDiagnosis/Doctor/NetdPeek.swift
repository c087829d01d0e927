import Failure
import IPC
import IPCPeer

/// A look at netd by a command, beside the supervisor: asks only, and says nothing about leases, which would be a promise.
enum NetdPeek {
  static func look(_ path: String) -> Result<NetworkChecks.Netd, Failure> {
    do throws(Failure) {
      var connection = try Connection.open(path, peer: "netd")
      var hello = Hello()
      hello.client = "vmsupervisor doctor"
      let greeted = try connection.call(hello).body
      var audit = try connection.call(Audit(cursor: 0)).body
      while audit.next != 0 {
        let page = try connection.call(Audit(cursor: audit.next)).body
        audit.findings += page.findings
        audit.next = page.next
      }
      var netd = NetworkChecks.Netd(
        version: greeted.server, audit: audit, counters: try connection.call(Counters()).body)
      var page = try connection.call(Ports(cursor: 0)).body
      netd.ports = page.entries
      while page.next != 0 {
        page = try connection.call(Ports(cursor: page.next)).body
        netd.ports += page.entries
      }
      if greeted.version >= Wire.notificationsVersion {
        netd.mended = try connection.call(Notifications(after: .max)).body.last
      }
      return .success(netd)
    } catch {
      return .failure(error)
    }
  }
}
