import ArgumentParser
import NodeAPI
import NodeClient
import VMSpec

/// `nic attach|detach`
struct NICCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nic", abstract: "Give a VM network cards, or take some away.",
    discussion: """
      A VM that runs has the change at once, one that does not at its next start. What a card may reach is said with \
      `network`. The numbers of the other cards stay.
      """, subcommands: [Attach.self, Detach.self])

  struct Attach: NodeCommand {
    static let configuration = CommandConfiguration(abstract: "Give a VM a network card, and show what it got.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "The network it is on.") var network = "default"
    @Option(help: ArgumentHelp("A fixed IPv4 address. Default: any free one.", valueName: "address"))
    var address: String?
    @Option(help: ArgumentHelp("A hardware address. Default: that of its place.", valueName: "mac"))
    var mac: String?
    @Option(help: "What the guest takes it for.") var model = NICSpec.Model.virtio
    @Flag(help: "Reach nothing until it is allowed with `network`.") var isolate = false
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_AttachNICRequest.with {
        $0.vmID = vm
        $0.nic.network = network
        $0.nic.model = .init(model)
        $0.nic.macAddress = mac ?? ""
        if isolate { $0.nic.allowedDomains = .init() }
        $0.address = address ?? ""
      }
      let reply = try await node.call(
        "attach a NIC to VM", vm, within: NodeConnection.slow,
        options: ["network": "--network", "address": "--address", "mac_address": "--mac", "model": "--model"]
      ) {
        try await node.daemon.attachNIC(request, options: $0)
      }
      let view = NetworkView(vm: vm, nic: NICView(reply.nic))
      try options.show(view, table: view.text(), names: "\(reply.nic.nic)\n")
      return .success
    }
  }

  struct Detach: NodeCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a network card away from a VM.", discussion: "Its address is given up.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name or id, or a prefix of one that is unique.", completion: .vms) var vm: String
    @Argument(help: "The card's number.") var nic: UInt32

    func execute(on node: NodeConnection) async throws -> CommandStatus {
      let request = Limiquantix_Node_V1_DetachNICRequest.with {
        $0.vmID = vm
        $0.number = nic
      }
      return try await one(vm, done: "NIC \(nic) detached") {
        try await node.call("detach a NIC from VM", vm, within: NodeConnection.slow) {
          _ = try await node.daemon.detachNIC(request, options: $0)
        }
      }
    }
  }
}
