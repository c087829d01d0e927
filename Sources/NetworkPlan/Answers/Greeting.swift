package import Failure
package import IPC

extension NetdSettings {
  /// Agrees on a version with a client, and tells it what it may use.
  /// - Throws: `.protocol` if there is no version that both speak.
  package func greet(_ request: Hello, _ grant: Access.Grant) throws(Failure) -> Hello.Reply {
    guard request.oldest <= NetdVersion.newest, request.newest >= NetdVersion.oldest, request.oldest <= request.newest
    else {
      throw Failure(
        .protocol, operation: "agree on a version", object: "netd \(Release.version)",
        cause: "it speaks protocol \(NetdVersion.oldest) to \(NetdVersion.newest), "
          + "the client \(request.oldest) to \(request.newest)", remedy: "install the same release of both")
    }
    var reply = Hello.Reply()
    reply.version = min(request.newest, NetdVersion.newest)
    reply.server = Release.version
    reply.grace = UInt32((grace.milliseconds + 999) / 1000)
    reply.networks = networks.map(\.name).filter { grant.networks?.contains($0) ?? true }
    return reply
  }
}
