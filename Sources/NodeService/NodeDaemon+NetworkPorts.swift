import Failure
import GRPCCore
import NodeAPI
import NodeCore
import SwiftProtobuf
import VMSpec

/// Ports as control planes with Open vSwitch ask for them.
extension NodeDaemon {
  func getOVSStatus(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_OVSStatusResponse {
    .init()
  }

  func listNetworkPorts(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_ListNetworkPortsResponse {
    var response = Limiquantix_Node_V1_ListNetworkPortsResponse()
    for vm in await fleet.all() {
      let status = await vm.status
      response.ports += status.record.devices.nics.map { .init(status, nic: $0.number) }
    }
    return response
  }

  func getNetworkPortStatus(
    request: Limiquantix_Node_V1_GetNetworkPortStatusRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NetworkPortInfo {
    try await refusing {
      let (vm, number) = try await port(request.portID, of: "", "show port")
      return .init(await vm.status, nic: number)
    }
  }

  func configureNetworkPort(
    request: Limiquantix_Node_V1_ConfigureNetworkPortRequest, context: ServerContext
  ) async throws -> Limiquantix_Node_V1_NetworkPortInfo {
    try await refusing {
      let (vm, number) = try await port(request.portID, of: request.vmID, "configure port")
      try request.check(against: .init(await vm.status, nic: number))
      if request.hasQos {
        let bandwidth = try request.bandwidth()
        try await vm.changeNetwork(number) { (nic, _) in
          nic.bandwidth = bandwidth == BandwidthSpec() ? nil : bandwidth
        }
      }
      return .init(await vm.status, nic: number)
    }
  }

  func deleteNetworkPort(
    request: Limiquantix_Node_V1_DeleteNetworkPortRequest, context: ServerContext
  ) async throws -> Google_Protobuf_Empty {
    try await refusing {
      let (vm, number) = try await port(request.portID, of: request.vmID, "delete port")
      throw Failure(
        .state, part: .network, operation: "delete port", object: request.portID,
        cause: "it is that of network card \(number) of \(vm.name), and goes with it",
        remedy: "take the card out: DetachNIC, or vmsupervisor nic detach \(vm.name) \(number)")
    }
  }

  /// The port that is called VM/NUMBER, or by the id of its card if it is said which VM has it.
  private func port(
    _ id: String, of owner: String, _ operation: String
  ) async throws -> (vm: VirtualMachine, number: Int) {
    let words = id.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let (reference, card) = words.count == 2 ? (words[0], words[1]) : (owner, id)
    guard !reference.isEmpty, !card.isEmpty else {
      throw Failure(
        .invalid, operation: operation, object: "port_id: \(id)", cause: "it is not VM/NUMBER",
        remedy: "take one from ListNetworkPorts, or name the VM in vm_id")
    }
    let vm = try await fleet.find(reference, operation: operation)
    if !owner.isEmpty, try await fleet.find(owner, operation: operation).id != vm.id {
      throw Failure(
        .state, part: .network, operation: operation, object: "\(id): vm_id", cause: "the port is of the VM \(vm.name)",
        remedy: "leave vm_id out")
    }
    let record = await vm.record
    let number = try record.number(ofNIC: card, operation)
    guard record.nicIndex(number) != nil else { throw record.noNIC(number, operation) }
    return (vm, number)
  }
}
