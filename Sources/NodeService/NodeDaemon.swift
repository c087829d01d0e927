import Failure
import FoundationEssentials
import GRPCCore
import GRPCProtobuf
import Life
import NodeAPI
import NodeCore
import SwiftProtobuf

/// `limiquantix.node.v1.NodeDaemonService`: the methods that control planes of the contract and our command line call.
struct NodeDaemon: Limiquantix_Node_V1_NodeDaemonService.SimpleServiceProtocol {
  let fleet: Fleet
  /// Where documents and logs are read, one after the other: beside the threads that serve others.
  let documents = BlockingQueue("documents")

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  private func vm(_ reference: String, _ operation: String, exact: Bool = false) async throws -> VirtualMachine {
    try await refusing { try await fleet.find(reference, operation: operation, exact: exact) }
  }

  // MARK: life

  func createVM(
    request: Limiquantix_Node_V1_CreateVMOnNodeRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_CreateVMOnNodeResponse {
    try await refusing {
      var (request, added) = try await completed(request)
      let given = try request.takeOwnNames()
      var spec = try await documents.run { [request] () throws(Failure) in try request.vmSpec() }
      if request.strict { spec.strict = true }
      if !request.vmID.isEmpty, let vm = try await fleet.existing(spec, id: request.vmID) {
        if request.start { try await startAndWait(vm) }
        return .with {
          $0.vmID = vm.id
          $0.created = true
          $0.message = "it exists just so; nothing was made"
        }
      }
      let vm = try await fleet.create(inPools: spec, id: request.vmID.isEmpty ? nil : request.vmID, given: given)
      if request.start {
        do { try await startAndWait(vm) } catch {
          // Created and started is one request: what cannot start leaves nothing behind. What did run tells its history.
          // Nor does it try again.
          if await !vm.hasAnswered { try? await vm.submit(.kill) }
          if await !vm.hasAnswered, await vm.waitUntilEnded(timeout: .seconds(10)) { try await fleet.delete(vm) }
          throw error
        }
      }
      return .with {
        $0.vmID = vm.id
        $0.created = true
        $0.message = added.isEmpty ? "created" : "created with \(added.joined(separator: " and "))"
      }
    }
  }

  func startVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    let vm = try await vm(request.vmID, "start")
    try await refusing {
      if request.strict { try await vm.demandLayers() }
      try await startAndWait(vm)
    }
    return Google_Protobuf_Empty()
  }

  private func startAndWait(_ vm: VirtualMachine) async throws {
    try await vm.submit(.start)
    if let why = await vm.outcomeOfStart(), !Task.isCancelled { throw why }
  }

  func stopVM(request: Limiquantix_Node_V1_StopVMRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    let vm = try await vm(request.vmID, "stop")
    return try await refusing {
      let usual = request.endAtDeadline ? LifeCycle.stopGrace : .zero
      let timeout = try LifeService.timeout(request.timeoutSeconds, else: usual, "stop", remedy: ", or kill it")
      // The published answer has no place for a guest that did not obey; `status`, `events` and our own Stop say it.
      if request.endAtDeadline {
        _ = try await vm.powerOff(timeout: timeout)
      } else {
        try await vm.shutDown(timeout: timeout)
      }
      return Google_Protobuf_Empty()
    }
  }

  func forceStopVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    let vm = try await vm(request.vmID, "kill", exact: true)
    try await refusing {
      try await vm.submit(.kill)
      try await vm.ended(within: .seconds(20))
    }
    return Google_Protobuf_Empty()
  }

  func rebootVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    _ = try await fleet.reboot(request.vmID, hard: false, timeout: LifeCycle.stopGrace)
    return Google_Protobuf_Empty()
  }

  func pauseVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    try await carryOut(.pause, request.vmID, "pause")
  }

  func resumeVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    let vm = try await vm(request.vmID, "resume")
    let before = await vm.life
    let reply = try await carryOut(.resume, request.vmID, "resume")
    if before.isSuspended { try await refusing { try await vm.wakesUp(within: .seconds(12)) } }
    if before.isHeld { try await refusing { try await vm.staysUp() } }
    return reply
  }

  private func carryOut(_ event: Event, _ reference: String, _ operation: String) async throws -> Google_Protobuf_Empty
  {
    let vm = try await vm(reference, operation)
    try await refusing {
      try await vm.submit(event)
      try await vm.waitUntilDone(operation, timeout: .seconds(12))
    }
    return Google_Protobuf_Empty()
  }

  func deleteVM(request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext) async throws
    -> Google_Protobuf_Empty
  {
    try await refusing {
      if let aside = await fleet.quarantined(request.vmID) { return try await fleet.delete(aside) }
      try await fleet.delete(try await fleet.find(request.vmID, operation: "delete", exact: true))
    }
    return Google_Protobuf_Empty()
  }

  // MARK: listings

  func getVMStatus(
    request: Limiquantix_Node_V1_VMIdRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_VMStatusResponse {
    let status = await (try await vm(request.vmID, "show")).status
    var response = Limiquantix_Node_V1_VMStatusResponse(status, history: true)
    if !Author.current.role.isTrusted { response.leaveOutGuestOutput() }
    return response
  }

  func listVMs(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListVMsOnNodeResponse {
    var response = Limiquantix_Node_V1_ListVMsOnNodeResponse()
    for vm in await fleet.all() {
      var status = Limiquantix_Node_V1_VMStatusResponse(await vm.status, history: false)
      if !Author.current.role.isTrusted { status.leaveOutGuestOutput() }
      response.vms.append(status)
    }
    response.quarantined = await fleet.quarantined.map { quarantined in
      .with {
        $0.id = quarantined.id
        $0.path = quarantined.path
        $0.why = .init(quarantined.why)
      }
    }
    response.troubles = fleet.context.troubles.all.map { .init($0.failure) }
    return response
  }
}

extension Limiquantix_Node_V1_VMStatusResponse {
  /// Leaves out what the guest has written.
  fileprivate mutating func leaveOutGuestOutput() {
    logTail = []
    healthOutput = ""
    clearGuestAgent()
  }
}

/// Runs `body` and turns a failure of ours into a status with details.
func refusing<R>(_ body: () async throws -> R) async throws -> R {
  do { return try await body() } catch let failure as Failure { throw failure.status }
}
