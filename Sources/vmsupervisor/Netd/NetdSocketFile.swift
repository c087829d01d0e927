import Failure
import Linux

extension Surroundings {
  /// Notes whether netd, which answers, can be reached by others too: on the connection that there is nobody notices that
  /// the socket's file is gone, until the next start of anybody.
  func noteNetdSocket() {
    let path = settings.netdSocket
    troubles.note(
      "netd.socket", kind: "netd",
      Files.exists(path)
        ? nil
        : Failure(
          .notFound, step: "reach netd at", object: path,
          cause: "somebody has removed its socket: the supervisor still has its connection, nobody else gets one",
          cure: ServiceRemedy(.netd).socket),
      well: "netd's socket \(path) is there again")
  }
}
