import Failure
import IPC
import IPCPeer
import NodeCore

/// A look at netd by a command, beside the supervisor: asks only, and says nothing about leases, which would be a promise.
enum NetdPeek {
  static func look(_ path: String) -> Result<NetworkChecks.Netd, Failure> {
    do throws(Failure) {
      var connection = try Connection.open(path, peer: "netd")
      var hello = Hello()
      hello.client = "vmsupervisor doctor"
      let greeted = try connection.call(hello).body
      let audit = try Audit.all { page throws(Failure) in try connection.call(page).body }
      let counters = try connection.call(Counters()).body
      var netd = NetworkChecks.Netd(
        version: greeted.server, audit: audit.completed(counters), counters: counters)
      netd.ports = try Ports.all { page throws(Failure) in try connection.call(page).body }
      netd.mended = try connection.call(Notifications(after: .max)).body.last
      return .success(netd)
    } catch {
      return .failure(error)
    }
  }
}
