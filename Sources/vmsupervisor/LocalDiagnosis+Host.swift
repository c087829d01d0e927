import CommandLine
import Failure
import HypervisorQEMU
import NodeAPI
import NodeCore
import NodeDiagnosis
import NodeService

extension LocalDiagnosis {
  /// Looks as the daemon would.
  static let ofThisHost = LocalDiagnosis(
    doctor: { config in
      let checks: [Check]
      do throws(Failure) {
        let settings = try Settings.load(config)
        checks = await Doctor.examineAlone(settings, QEMUBackend(path: settings.qemu))
      } catch {
        checks = [.failed("configuration", error)]
      }
      return checks.map { .init($0) }
    },
    explain: { vm, question in
      .init(
        LocalExplanation.make(vm, failure: question.failure, config: question.config, socket: question.socket))
    })
}
