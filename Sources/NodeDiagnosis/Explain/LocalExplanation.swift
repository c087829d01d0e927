package import Failure
import FoundationEssentials
import Glibc
import Linux
import NodeCore
import Text

/// What a command can find out by itself when the supervisor does not answer.
package enum LocalExplanation {
  /// - Parameters:
  ///   - failure: how the supervisor did not answer.
  ///   - config: the supervisor's configuration, nil for the usual one.
  package static func make(_ reference: String, failure: Failure, config: String?, socket: String) -> Explanation {
    var reasons = [Reason(.blocks, .supervisor, failure)]
    var settings: Settings?
    do throws(Failure) { settings = try Settings.load(config) } catch {
      reasons.append(Reason(.blocks, .supervisor, error))
    }
    reasons.append(Reason(.note, .supervisor, whereToLook(settings, socket: socket)))
    var explanation = Explanation(
      id: "", name: reference, verdict: .blocked,
      summary: "the supervisor does not answer, so nobody looks after \(reference)", desired: "unknown",
      observed: "unknown: \(failure.cause)")
    if let settings { look(for: reference, settings, &explanation, &reasons) }
    explanation.reasons = reasons
    return explanation
  }

  private static func whereToLook(_ settings: Settings?, socket: String) -> Failure {
    let folder = settings?.paths.runtime ?? socket.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    let lock = folder + "/vmsupervisor.lock"
    let runs = LockFile.isHeld(lock)
    let isTaken = runs && Files.exists(socket) && !Files.isSocket(socket)
    return Failure(
      .unavailable, operation: "look for the supervisor", object: lock,
      cause: isTaken
        ? "a supervisor runs, and somebody else's file is where its socket was"
        : runs
          ? "a supervisor runs, but does not serve on that socket: it is just starting, hangs, or listens elsewhere"
          : "no supervisor holds the lock: it does not run, or you may not see its folder",
      remedy: "see its log: journalctl -t vmsupervisor -n 50; what a start needs: vmsupervisor doctor; "
        + (isTaken
          ? "rm \(socket), and it makes its socket again within seconds"
          : runs ? ServiceRemedy(.vmsupervisor).restart : ServiceRemedy(.vmsupervisor).start))
  }

  /// What the record says, if whoever asks may read it.
  private static func look(
    for reference: String, _ settings: Settings, _ explanation: inout Explanation, _ reasons: inout [Reason]
  ) {
    let paths = settings.paths
    let ids: [String]
    do throws(Errno) { ids = try Files.names(in: paths.vms) } catch {
      reasons.append(
        Reason(
          .note, .record,
          error.failure(
            "look for its record", paths.vms, remedy: error.code == EACCES ? "ask as root or procurator" : "")
        ))
      return
    }
    let records = ids.compactMap { id in try? RecordStore.read(paths.vm(id).record, id: id) }
    let wanted = VMReference(reference)
    let operation = "find its record"
    let record: Record
    switch wanted.find(among: records, { ($0.id, $0.spec.name) }) {
    case .one(let found): record = found
    case .none:
      let why = Failure(.notFound, operation: operation, object: paths.vms, cause: "no record there is of \(reference)")
      reasons.append(Reason(.note, .record, why))
      return
    case .several(let found):
      reasons.append(Reason(.note, .record, wanted.isAmbiguous(found.map(\.spec.name), operation: operation)))
      return
    }
    let vm = paths.vm(record.id)
    (explanation.id, explanation.name) = (record.id, record.spec.name)
    explanation.desired = record.desired == .on ? "running" : "not running"
    let isHeld = LockFile.isHeld(vm.lock)
    explanation.observed =
      "\(record.state.rawValue) when the supervisor wrote last; "
      + (isHeld ? "its hypervisor still runs" : "no hypervisor of it runs")
    explanation.summary =
      isHeld
      ? "the supervisor does not answer; the guest of \(record.spec.name) runs on without it"
      : "the supervisor does not answer, and \(record.spec.name) does not run"
    explanation.console = LogTail.lines(vm.consoleLog, 10)
    explanation.hypervisorLog = LogTail.lines(vm.processLog, 10)
    if let why = record.why {
      let words = Explanation.atHand(
        why, record.spec.name, log: vm.processLog, isEmpty: explanation.hypervisorLog.isEmpty)
      reasons.append(Reason(.note, why.part ?? .process, words))
    }
  }
}
