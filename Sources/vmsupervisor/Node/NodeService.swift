import Failure
import GRPCCore
import Hypervisor
import IPC
import Life
import Linux
import NodeAPI
import SwiftProtobuf

/// `procurator.node.v1.Node`: what the contract has no method for.
struct NodeService: Procurator_Node_V1_Node.SimpleServiceProtocol {
  let fleet: Fleet

  func waitForState(
    request: Procurator_Node_V1_WaitRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_WaitReply {
    let vm = try await refusing { try await fleet.find(request.vm, step: "wait") }
    var goals: Set<Milestone> = []
    for text in request.states { goals.insert(try await refusing { try Milestone(text) }) }
    let timeout: Duration? = request.timeoutSeconds == 0 ? nil : .seconds(Int64(request.timeoutSeconds))
    let outcome = await vm.wait(for: goals, timeout: timeout)
    let life = await vm.life
    if outcome == .unreachable, !Task.isCancelled {
      let words = request.states.joined(separator: " or ")
      throw Failure(
        .state, step: "wait until \(words)", object: vm.name,
        cause: "it is \(life.state.rawValue)" + (life.why.map { ": \($0.cause)" } ?? ""),
        cure: life.why?.cure ?? "start it: vmsupervisor start \(vm.name)"
      ).status
    }
    return .with {
      $0.reached = outcome != .timedOut
      $0.state = outcome == .reached(.agent) ? "agent" : life.state.rawValue
      if let why = life.why { $0.why = .init(why) }
    }
  }

  func followLogs(
    request: Procurator_Node_V1_LogsRequest, response: RPCWriter<Procurator_Node_V1_LogChunk>, context: ServerContext
  ) async throws {
    let vm = try await refusing { try await fleet.find(request.vm, step: "read log") }
    let path = vm.paths.consoleLog
    var offset = LogTail.offset(path, lastLines: request.lines == 0 ? 100 : Int(request.lines))
    while !Task.isCancelled {
      let bytes = LogTail.read(path, from: offset, limit: 64 << 10)
      if !bytes.isEmpty {
        offset += bytes.count
        try await response.write(.with { $0.data = .init(bytes) })
        continue
      }
      guard request.follow else { return }
      // A file that became shorter was begun anew.
      offset = min(offset, LogTail.size(path))
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  func ports(request: Google_Protobuf_Empty, context: ServerContext) async throws -> Procurator_Node_V1_PortsReply {
    let netd = fleet.surroundings.netd
    let (entries, shards) = try await refusing { (try await netd.ports(), try await netd.audit().shards) }
    let names = Dictionary(uniqueKeysWithValues: await fleet.all().map { ($0.id, $0.name) })
    return .with { reply in
      reply.ports = entries.map { entry in
        let shard = shards.first { $0.slot.network == entry.slot.network && $0.slot.shard == entry.slot.shard }
        return .init(entry, name: names[entry.vm.text] ?? "", bridge: shard?.bridge ?? "")
      }
    }
  }

  func audit(request: Google_Protobuf_Empty, context: ServerContext) async throws -> Procurator_Node_V1_AuditReply {
    var reply = Procurator_Node_V1_AuditReply(try await refusing { try await fleet.surroundings.netd.audit() })
    let own = await HostAudit.look(fleet)
    reply.hypervisorProcesses = UInt32(own.processes)
    reply.records = UInt32(own.records)
    reply.leftover = own.leftover
    reply.clean = reply.findings.isEmpty && own.leftover.isEmpty
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
    mac = macText(entry.port.mac)
    address = "\(IPv4.text(entry.port.address))/\(entry.port.prefix)"
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
        $0.ownerUid = finding.uid
        $0.ageSeconds = UInt64(finding.age)
        $0.vmID = finding.vm == VMIdentity() ? "" : finding.vm.text
      }
    }
  }
}
