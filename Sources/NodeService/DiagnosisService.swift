package import Failure
import GRPCCore
import Glibc
package import NodeAPI
import NodeCore
package import NodeDiagnosis
import SwiftProtobuf

/// `procurator.node.v1.Diagnosis`: why a VM is as it is, and whether this host can run VMs.
struct DiagnosisService: Procurator_Node_V1_Diagnosis.SimpleServiceProtocol {
  let fleet: Fleet

  init(fleet: Fleet) {
    self.fleet = fleet
  }

  func explain(
    request: Procurator_Node_V1_ExplainRequest, context: ServerContext
  ) async throws -> Procurator_Node_V1_ExplainReply {
    var explanation: Explanation = try await refusing { try await self.explanation(of: request.vm) }
    // What guests have written, and the hypervisors that they may have taken over.
    if !Author.current.role.isTrusted {
      explanation.console = []
      explanation.hypervisorLog = []
    }
    return .init(explanation)
  }

  private func explanation(of reference: String) async throws(Failure) -> Explanation {
    let vm: VirtualMachine
    do throws(Failure) { vm = try await fleet.find(reference, operation: "explain") } catch {
      let quarantined = await fleet.quarantined
      let segments = fleet.context.events.segments
      let aside = await EventsService.queue.run {
        Quarantined.find(reference, among: quarantined, log: segments)
      }
      guard error.code == .notFound, let aside else { throw error }
      return aside.explanation
    }
    return .make(await .gather(vm))
  }

  func doctor(
    request: Google_Protobuf_Empty, context: ServerContext
  ) async throws -> Procurator_Node_V1_DoctorReply {
    let checks = await Doctor.examine(fleet)
    return .with {
      $0.version = Release.version
      $0.uid = geteuid()
      $0.checks = checks.map { .init($0) }
    }
  }
}

extension Procurator_Node_V1_ExplainReply {
  /// As it travels.
  package init(_ explanation: Explanation) {
    self.init()
    vmID = explanation.id
    vmName = explanation.name
    verdict = explanation.verdict.rawValue
    summary = explanation.summary
    desired = explanation.desired
    observed = explanation.observed
    reasons = explanation.reasons.map { reason in
      .with {
        $0.weight = reason.weight.rawValue
        $0.part = reason.part.rawValue
        $0.failure = .init(reason.failure)
      }
    }
    console = explanation.console
    hypervisorLog = explanation.hypervisorLog
  }
}

extension Procurator_Node_V1_Check {
  /// As it travels.
  package init(_ check: Check) {
    self.init()
    name = check.name
    level = check.level.rawValue
    found = check.found
    fix = check.fix
  }
}
