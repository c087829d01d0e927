package import Failure
import Linux
package import NodeCore

/// A record that could not be read.
package struct Quarantined: Sendable {
  package var id: String
  /// As far as the file still tells it; otherwise the id.
  package var name: String
  package var path: String
  package var why: Failure

  /// The one of that id, of an id that begins so, or that had that name, as far as its file or the log of events tells.
  package static func find(
    _ reference: String, among quarantined: [RecordStore.Quarantined], log: EventSegments
  ) -> Quarantined? {
    let candidates = quarantined.map { record in
      let known = name(in: record.path) ?? log.last(1, of: record.id, where: { !$0.name.isEmpty }).first?.event.name
      return Quarantined(id: record.id, name: known ?? record.id, path: record.path, why: record.why)
    }
    guard case .one(let found) = VMReference(reference).find(among: candidates, { ($0.id, $0.name) }) else {
      return nil
    }
    return found
  }

  /// What a torn file still says; the encoder of records writes one key a line.
  private static func name(in folder: String) -> String? {
    let text = (try? Files.readText(folder + "/vm.json")) ?? ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      // Keys of the specification stand one step deeper than those of the record.
      guard parts.count >= 4, parts[1] == "name", line.hasPrefix("    \"") else { continue }
      return String(parts[3])
    }
    return nil
  }

  /// Why it is not there.
  package var explanation: Explanation {
    var reasons = [Reason(.blocks, .record, why)]
    if let file = try? Files.names(in: path), !file.contains("vm.json") {
      reasons.append(
        Reason(
          .note, .record,
          Failure(
            .notFound, operation: "read record", object: path + "/vm.json", cause: "the file is not there any more")))
    }
    let isHeld = LockFile.isHeld(path + "/lock")
    if isHeld {
      reasons.append(
        Reason(
          .note, .process,
          Failure(
            .state, operation: "look for its hypervisor", object: path + "/lock",
            cause: "something still holds its lock: its guest may run, and nobody looks after it",
            remedy: "repair the record, then restart the supervisor: it takes the guest back")))
    }
    return Explanation(
      id: id, name: name, verdict: .blocked,
      summary: "the record of \(name) cannot be read and was set aside: \(why.cause)", desired: "unknown",
      observed: "set aside in \(path)" + (isHeld ? ", its hypervisor may run" : ""), reasons: reasons,
      console: LogTail.lines(path + "/console.log", 10), hypervisorLog: LogTail.lines(path + "/hypervisor.log", 10))
  }
}
