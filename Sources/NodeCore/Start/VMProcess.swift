import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Storage

/// The process that belongs to a VM, from when it is the VM's own until nothing is left of it. Belongs to the VM's actor.
final class VMProcess {
  private let state: VMState
  private let reporter: VMReporter
  private let paths: VMPaths
  private let backend: any Backend
  private let holders: ImageHolders
  private let users: SubordinateUsers
  private let limits: VMLimits
  private let observe: Observe
  /// Whether the runtime folder is that of a process of ours, or of a start that holds the lock.
  var ownsRuntime = false

  init(
    _ state: VMState, _ reporter: VMReporter, _ paths: VMPaths, _ backend: any Backend, _ holders: ImageHolders,
    _ users: SubordinateUsers, _ limits: VMLimits, _ observe: @escaping Observe
  ) {
    self.state = state
    self.reporter = reporter
    self.paths = paths
    self.backend = backend
    self.holders = holders
    self.users = users
    self.limits = limits
    self.observe = observe
  }

  private var run: VMRun? { state.run }

  /// Takes a process as the VM's own and watches for its end.
  func take(
    _ process: any HypervisorProcess, _ incarnation: Incarnation, isolation: isolated (any Actor)? = #isolation
  ) {
    state.begin(VMRun(incarnation, process))
    ownsRuntime = true
    holders.note(reporter.id, name: state.name, incarnation.images ?? [])
    if let user = incarnation.subordinateUser { users.remember(user, of: reporter.id) }
    let here = OnActor(self, of: isolation)
    process.onEnd { how in Task { await here.run { await $0.hasEnded(how) } } }
  }

  /// Takes away what is left of it.
  func cleanUp() {
    state.end()
    holders.forget(reporter.id)
    if ownsRuntime { try? Files.removeFolder(paths.runtime) }
    ownsRuntime = false
  }

  // MARK: its end

  /// Listens for forbidden system calls of the present run, as long as this supervisor lives.
  func watch(_ listener: DescriptorCell?, isolation: isolated (any Actor)? = #isolation) {
    guard let listener = listener?.take(), let token = run?.incarnation.token else { return }
    let here = OnActor(self, of: isolation)
    ForbiddenCallWatch(listener).onCall { name in Task { await here.run { $0.forbid(name, token) } } }
  }

  private func forbid(_ name: String, _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    // Not SIGSYS: a process can handle that, and go on.
    run.process.kill()
    guard run.forbiddenCall == nil else { return }
    run.forbiddenCall = name
    let what = ForbiddenCallReason.words(name)
    reporter.log(.critical, "\(what), and is ended for it")
    reporter.note(.confinement, what, .guest)
  }

  /// The process is gone: what the life cycle is told of its end.
  nonisolated(nonsending) func hasEnded(_ how: HowEnded) async {
    if let call = run?.forbiddenCall {
      await observe(.processEnded(.explained(ForbiddenCallReason.failure(call)), words: ""))
    } else if how == .signalled(SIGSYS) {
      await observe(.processEnded(.explained(ForbiddenCallReason.unnamed), words: ""))
    } else if let reason = limits.memoryDeath(how) {
      await observe(.processEnded(.explained(reason), words: ""))
    } else {
      let images = run?.incarnation.images ?? []
      let words = LogTail.lastWords(paths.processLog)
      // Somebody was faster between our look and the hypervisor's.
      if case .exited = how, let number = backend.lockedImage(words, among: images.map(\.number)),
        let image = images.first(where: { $0.number == number })
      {
        let holder = holders.holder(of: image.identity, except: reporter.id)
        let reason = ImageHolders.inUse(image.path, image.what, by: holder)
        return await observe(.processEnded(.explained(reason), words: ""))
      }
      await observe(.processEnded(how, words: backend.plainWords(words, images: images.pathsByNumber)))
    }
  }
}
