import Failure
import Glibc
import IPC
import Linux
import NetworkPlan

extension Daemon {
  func counters(_ request: Counters, _ asking: inout Asking) throws(Failure) -> Counters.Reply {
    var reply = totals.reply
    reply.uptime = UInt32(clamping: (asking.now - startedAt) / 1000)
    reply.clients = UInt16(clamping: clientCount)
    reply.maxClients = UInt16(clamping: settings.clients)
    (reply.descriptors, reply.maxDescriptors) = Descriptor.usage()
    reply.forwards = UInt32(hostPorts.used)
    reply.maxForwards = UInt32(hostPorts.most)
    reply.orphans = UInt32(findings.count { $0.kind == .orphan })
    reply.dropped = try guarding.dropped()
    return reply
  }
}
