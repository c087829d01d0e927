package import Failure
import Glibc
import Life
package import Linux
import Storage

/// What a VM is confined by, and the end of a hypervisor that did what it must not.
extension VirtualMachine {
  /// Listens for forbidden system calls of the present run, as long as this supervisor lives.
  package func watch(_ listener: DescriptorCell?) {
    guard let listener = listener?.take(), let token = run?.incarnation.token else { return }
    ForbiddenCallWatch(listener).onCall { name in Task { await self.forbid(name, token) } }
  }

  /// From now on the VM does not start with a layer missing, whoever starts it.
  package func demandLayers() async throws(Failure) {
    guard !record.spec.strict else { return }
    try await gate.alone { () throws(Failure) in try await keeper.edit { $0.spec.strict = true } }
  }

  private func forbid(_ name: String, _ token: String) {
    guard let run, run.incarnation.token == token else { return }
    // Not SIGSYS: a process can handle that, and go on.
    run.process.signal(SIGKILL)
    guard run.forbiddenCall == nil else { return }
    run.forbiddenCall = name
    let what = ForbiddenCallReason.words(name)
    context.log.critical("\(what), and is ended for it", metadata: metadata)
    context.events.append(
      HostEvent(
        vm: id, name: self.name, kind: .confinement, what: what, actor: .guest, generation: life.generation))
  }

  /// The process is gone: what the life cycle is told of its end.
  func hasEnded(_ how: HowEnded) async {
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
      if case .exited = how, let number = context.backend.lockedImage(words, among: images.map(\.number)),
        let image = images.first(where: { $0.number == number })
      {
        let holder = context.holders.holder(of: image.identity, except: id)
        let reason = ImageHolders.inUse(image.path, image.what, by: holder)
        return await observe(.processEnded(.explained(reason), words: ""))
      }
      await observe(.processEnded(how, words: context.backend.plainWords(words, images: images.pathsByNumber)))
    }
  }
}
