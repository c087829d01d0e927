import Failure
import FoundationEssentials
import Life
import Linux

extension VirtualMachine {
  /// Compares the record with what runs, after a start of ours: takes a living hypervisor back, or notes that it is gone.
  func adopt() async {
    guard life.state.hasProcess else {
      // A crash between the record of an end and the clearing away after it.
      if !LockFile.isHeld(paths.lock) { try? Files.removeFolder(paths.runtime) }
      return
    }
    guard LockFile.isHeld(paths.lock), let incarnation = RecordStore.incarnation(paths.incarnation),
      let process = try? ProcessHandle(pid: incarnation.pid),
      // The number may have been given to another since; with the handle open it cannot be any more.
      ProcessFacts(pid: incarnation.pid)?.startTime == incarnation.startTime
    else {
      await observe(.processEnded(.unknown, words: LogTail.lastWords(paths.processLog)))
      return
    }
    handles = incarnation.handles
    take(RunningProcess(process), incarnation)
    do throws(Failure) {
      let condition = try await connect(patience: Self.adoptionPatience)
      record.tell(StoryEntry(time: Date(), what: "adopted after a restart of the supervisor"))
      await observe(.adopted(condition))
    } catch {
      run?.warnings.append("the monitor does not answer: \(error)")
      surroundings.log.error("\(error)", metadata: metadata)
      if life.state == .starting { await observe(.startFailed(error)) }
    }
    announce()
  }

  /// How long a hypervisor may take to greet a supervisor that has come back.
  private static let adoptionPatience: Duration = .seconds(10)
}
