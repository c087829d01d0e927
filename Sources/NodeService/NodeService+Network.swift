import Failure
package import GRPCCore
import IPC
import Linux
package import NodeAPI
import NodeCore
package import SwiftProtobuf
import Text

/// Ports, what they may reach, and what should not be there.
extension NodeService {
  package func ports(request: Google_Protobuf_Empty, context: ServerContext) async throws
    -> Procurator_Node_V1_PortsReply
  {
    let netd = fleet.context.netd
    let (entries, forwards, shards) = try await refusing {
      (try await netd.ports(), try await netd.forwards(), try await netd.audit().shards)
    }
    var names: [String: String] = [:]
    var automatic: Set<HostPortKey> = []
    for vm in await fleet.all() {
      names[vm.id] = vm.name
      for forward in await vm.record.forwards ?? [] where forward.isAutomatic {
        automatic.insert(HostPortKey(transport: forward.transport, number: forward.host))
      }
    }
    return .with { reply in
      reply.ports = entries.map { entry in
        let shard = shards.first { $0.slot.network == entry.slot.network && $0.slot.shard == entry.slot.shard }
        var port = Procurator_Node_V1_Port(entry, name: names[entry.vm.text] ?? "", bridge: shard?.bridge ?? "")
        port.forwards = forwards.filter { $0.vm == entry.vm && $0.nic == entry.nic }.map { forward in
          .with {
            $0.protocol = "\(forward.transport)"
            $0.guestPort = UInt32(forward.guestPort)
            $0.hostPort = UInt32(forward.hostPort)
            $0.automatic = automatic.contains(HostPortKey(transport: forward.transport, number: forward.hostPort))
          }
        }
        return port
      }
    }
  }

  private struct HostPortKey: Hashable {
    var transport: Transport
    var number: UInt16
  }

  package func changeNetwork(
    request: Procurator_Node_V1_NetworkChange, context: ServerContext
  ) async throws -> Procurator_Node_V1_NetworkReply {
    try await refusing {
      let vm = try await fleet.find(request.vm, operation: "change network")
      try await vm.changeNetwork(Int(request.nic)) { (nic, saved) throws(Failure) in
        try request.apply(to: &nic, saved)
      }
      let status = await vm.status
      return .with {
        $0.nic = .init(status.record, nic: Int(request.nic), attached: status.incarnation != nil)
      }
    }
  }

  package func audit(
    request: Procurator_Node_V1_AuditRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_AuditReply {
    let found = try await refusing { try await fleet.context.netd.audit(fix: request.fix) }
    if request.fix, found.fixed > 0 {
      let what = "\(found.fixed) interfaces removed that belong to no VM"
      fleet.context.log.info("\(what)", metadata: Author.current.metadata)
      fleet.context.events.append(HostEvent(kind: .netd, what: what).by(.current))
    }
    var reply = Procurator_Node_V1_AuditReply(found)
    let own = await HostAudit.look(fleet)
    reply.hypervisorProcesses = UInt32(own.processes)
    reply.records = UInt32(own.records)
    reply.leftover = own.leftover
    // netd itself knows of netdns only.
    let unserved = await fleet.context.unservedNetworks(found)
    reply.findings += unserved.map { trouble in
      .with {
        $0.kind = "\(FindingKind.broken)"
        $0.interface = trouble.subject
        $0.detail = trouble.failure.cause
        $0.ownerUid = .max
      }
    }
    reply.clean = found.findings.allSatisfy { $0.kind == .scarce } && own.leftover.isEmpty && unserved.isEmpty
    return reply
  }
}

extension Procurator_Node_V1_Port {
  fileprivate init(_ entry: Ports.Entry, name: String, bridge: String) {
    self.init()
    self.bridge = bridge
    vmID = entry.vm.text
    vmName = name
    nic = UInt32(entry.nic)
    network = entry.slot.network
    shard = UInt32(entry.slot.shard)
    tap = entry.port.tap
    mac = MAC.text(entry.port.mac)
    address = "\(IPv4.text(entry.port.address))/\(entry.port.prefix)"
    if entry.port.high6 != 0 {
      address6 = IPv6Address(high: entry.port.high6, low: entry.port.low6).text + "/64"
    }
    gateway = IPv4.text(entry.port.gateway)
    attached = entry.state == .active
    state = "\(entry.state)"
    ageSeconds = entry.age
  }
}

extension Procurator_Node_V1_AuditReply {
  fileprivate init(_ reply: Audit.Reply) {
    self.init()
    used = reply.active
    idle = reply.kept
    releasing = reply.releasing
    ready = reply.ready
    refusedFrames = reply.refusedFrames
    fixed = UInt32(reply.fixed)
    orphan = UInt32(reply.findings.count { $0.kind == .orphan })
    foreign = UInt32(reply.findings.count { $0.kind == .foreign })
    shards = reply.shards.map { shard in
      .with {
        $0.network = shard.slot.network
        $0.shard = UInt32(shard.slot.shard)
        $0.bridge = shard.bridge
        $0.used = UInt32(shard.used)
        $0.ready = UInt32(shard.ready)
        $0.max = UInt32(shard.max)
      }
    }
    findings = reply.findings.map { finding in
      .with {
        $0.kind = "\(finding.kind)"
        $0.interface = finding.interface
        $0.detail = finding.detail
        $0.ownerUid = finding.uid
        $0.ageSeconds = UInt64(finding.age)
        $0.vmID = finding.vm == VMIdentity() ? "" : finding.vm.text
      }
    }
  }
}
