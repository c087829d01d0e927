import Failure
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import IPC
import Linux
import NodeAPI
import SwiftProtobuf

/// A connection to vmsupervisor, as its command line has one.
struct Supervisor: Sendable {
  typealias Transport = HTTP2ClientTransport.Posix

  private let daemon: Limiquantix_Node_V1_NodeDaemonService.Client<Transport>
  private let node: Procurator_Node_V1_Node.Client<Transport>

  static func with(socket: String, _ body: @Sendable (Supervisor) async throws -> Void) async throws {
    try await with(.socket(socket), body)
  }

  static func with(_ endpoint: Endpoint, _ body: @Sendable (Supervisor) async throws -> Void) async throws {
    do {
      try await withGRPCClient(transport: endpoint.client()) { client in
        try await body(Supervisor(daemon: .init(wrapping: client), node: .init(wrapping: client)))
      }
    } catch let error as RPCError {
      throw Failure(error, operation: "call vmsupervisor")
    }
  }

  func list() async throws -> Limiquantix_Node_V1_ListVMsOnNodeResponse {
    try await daemon.listVMs(Google_Protobuf_Empty())
  }

  /// Creates and starts a VM; answers when its hypervisor does.
  func create(_ vm: VMIdentity, spec: String) async throws {
    _ = try await daemon.createVM(
      .with {
        $0.vmID = vm.text
        // A name begins with a letter.
        $0.document = "name: b\(vm.text)\n" + spec
        $0.documentOrigin = "bench"
        $0.start = true
      })
  }

  func start(_ vm: VMIdentity) async throws { _ = try await daemon.startVM(.with { $0.vmID = vm.text }) }

  /// Its process.
  func pid(_ vm: VMIdentity) async throws -> Int32 {
    Int32(try await daemon.getVMStatus(.with { $0.vmID = vm.text }).pid)
  }

  /// Answers when the VM is in the state.
  func wait(_ vm: VMIdentity, for state: String) async throws {
    let reply = try await node.waitForState(
      .with {
        $0.vm = vm.text
        $0.states = [state]
        $0.timeoutSeconds = 120
      })
    guard reply.reached else {
      throw Failure(.timeout, operation: "wait for VM", object: vm.text, cause: "it is \(reply.state), not \(state)")
    }
  }

  /// Ends and deletes a VM.
  func remove(_ vm: VMIdentity) async throws {
    _ = try await daemon.forceStopVM(.with { $0.vmID = vm.text })
    try await delete(vm)
  }

  /// Runs a program in the guest to its end.
  func exec(_ vm: VMIdentity, _ program: String) async throws {
    let end = try await daemon.executeInGuest(
      .with {
        $0.vmID = vm.text
        $0.command = program
        $0.waitForExit = true
      })
    guard end.success, end.exitCode == 0 else {
      throw Failure(.state, operation: "run in guest", object: program, cause: end.error)
    }
  }

  /// A snapshot with memory.
  /// - Returns: its id.
  func createSnapshot(_ vm: VMIdentity) async throws -> String {
    try await daemon.createSnapshot(
      .with {
        $0.vmID = vm.text
        $0.name = "bench"
        $0.require = "memory"
      }
    ).snapshotID
  }

  func deleteSnapshot(_ id: String, of vm: VMIdentity) async throws {
    _ = try await daemon.deleteSnapshot(
      .with {
        $0.vmID = vm.text
        $0.snapshotID = id
      })
  }

  func makePool(_ name: String, at folder: String) async throws {
    _ = try await daemon.initStoragePool(
      .with {
        $0.poolID = name
        $0.type = .localDir
        $0.config.local.path = folder
      })
  }

  func createVolume(_ name: String, in pool: String, size: UInt64) async throws {
    _ = try await daemon.createVolume(
      .with {
        $0.poolID = pool
        $0.volumeID = name
        $0.sizeBytes = size
        $0.format = "qcow2"
      })
  }

  func deleteVolume(_ name: String, in pool: String) async throws {
    _ = try await daemon.deleteVolume(
      .with {
        $0.poolID = pool
        $0.volumeID = name
      })
  }

  func delete(_ vm: VMIdentity) async throws { _ = try await daemon.deleteVM(.with { $0.vmID = vm.text }) }
}
