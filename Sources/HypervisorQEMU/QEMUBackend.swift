package import Failure
import Glibc
package import Hypervisor
import Linux
package import VMSpec

/// The configured QEMU: asked what it can do when that is first needed, and again when it is another file.
///
/// So the supervisor serves without one, says so, and takes one that is installed or upgraded while it runs.
package actor QEMUBackend: Backend {
  package nonisolated let path: String
  package nonisolated let name = "QEMU"
  package nonisolated let firstWithKVMDescriptor = "QEMU 9.0"
  package nonisolated let mostEmulatedProcessors = AcceleratorChoice.mostTCGProcessors
  private var known: (file: FileVersion, facts: Facts)?
  private var asking: (file: FileVersion, answer: Task<Result<Facts, Failure>, Never>)?

  private struct Facts: Sendable {
    var features: QEMUFeatures
    var files: HypervisorFiles
  }

  package init(path: String) { self.path = path }

  package func capabilities() async throws(Failure) -> Capabilities {
    let facts = try await facts()
    var capabilities = facts.features.capabilities
    // These images come and go without the program.
    capabilities.networkBoots = QEMUCommand.networkBoots(in: facts.files.readable)
    return capabilities
  }

  package func files() async throws(Failure) -> HypervisorFiles { try await facts().files }

  private func facts() async throws(Failure) -> Facts {
    let file = try identify()
    if let known, known.file == file { return known.facts }
    let path = path
    let answer: Task<Result<Facts, Failure>, Never>
    if let asking, asking.file == file {
      answer = asking.answer
    } else {
      answer = Task {
        do throws(Failure) {
          let features = try await QEMUFeatures.probe(executable: path)
          let files = try await HypervisorFiles.probe(executable: path)
          return .success(Facts(features: features, files: files))
        } catch {
          return .failure(error)
        }
      }
      asking = (file, answer)
    }
    let result = await answer.value
    if asking?.file == file { asking = nil }
    let facts = try result.get()
    known = (file, facts)
    return facts
  }

  private func identify() throws(Failure) -> FileVersion {
    do throws(Errno) { return try FileVersion(of: path) } catch {
      throw error.failure(
        "run hypervisor", path, remedy: "install the package qemu-system-x86, or set QEMU= in the configuration"
      ).of(.hypervisor)
    }
  }
}

extension QEMUBackend {
  package nonisolated func accelerator(
    for spec: VMSpec, on host: HostKVM, _ capabilities: Capabilities
  ) throws(Failure) -> AcceleratorChoice {
    try .choose(spec.accel, vcpus: spec.vcpus, host: host, features: capabilities)
  }

  package nonisolated func plan(_ order: MachineOrder, _ capabilities: Capabilities) -> ProcessPlan {
    QEMUCommand.plan(
      spec: order.spec, identity: order.identity, nics: order.nics, addresses: order.addresses, layers: order.layers,
      accelerator: order.accelerator, features: capabilities, executable: path, tscKHz: order.tscKHz,
      hasHyperV: order.hasHyperV, isHeld: order.isHeld, awaitsMemory: order.awaitsMemory,
      generationID: order.generationID)
  }

  package nonisolated func meet(
    at sockets: [String], agent: Bool, disks: Bool, timeout: Duration
  ) async throws(Failure) -> Meeting {
    for spare in sockets.dropLast() {
      do throws(Failure) { return try await .at(path: spare, agent: agent, disks: disks, timeout: timeout) } catch {
        // A monitor that somebody else holds accepts the connection and stays silent.
        guard error.code == .timeout else { throw error }
      }
    }
    return try await .at(path: sockets.last ?? "", agent: agent, disks: disks, timeout: timeout)
  }

  package nonisolated func plainWords(_ line: String, images: [Int: String]) -> String {
    QEMUWords.plain(line, images)
  }

  package nonisolated func lockedImage(_ line: String, among numbers: [Int]) -> Int? {
    QEMUWords.lockedImage(line, numbers)
  }

  package nonisolated func meansLockedImage(_ words: String) -> Bool { QEMUWords.isLocked(words) }

  package nonisolated func isEmulated(commandLine: [UInt8], of uuid: String) -> Bool? {
    QEMUWords.isEmulated(commandLine, uuid)
  }
}
