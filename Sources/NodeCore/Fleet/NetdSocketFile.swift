import Failure
import Linux
import Text

extension NodeContext {
  /// Notes whether netd, which answers, can be reached by others too: on the connection that there is nobody notices that
  /// the socket's file is gone, until the next start of anybody.
  package func noteNetdSocket() {
    let path = settings.netdSocket
    var trouble: Failure?
    if !Files.isSocket(path) {
      let isThere = Files.exists(path)
      trouble = Failure(
        .notFound, part: .netd, operation: "reach netd at", object: path,
        cause: (isThere ? "a file that is no socket is in its place" : "somebody has removed its socket")
          + ": the supervisor still has its connection, nobody else gets one",
        remedy: (isThere ? "remove that file (rm \(path)), then " : "") + ServiceRemedy(.netd).socket)
    }
    troubles.note("netd.socket", kind: .netd, trouble, well: "netd's socket \(path) is there again")
  }
}
