import Failure
import Glibc
import Linux

/// What the ledger decides, done.
extension Daemon {
  /// Takes over what an earlier netdns has left running.
  func adopt(now: Int64) {
    for found in Processes.find(settings.folder) where found.isLeader {
      guard let child = Child.adopt(found, settings.folder) else { continue }
      children[found.pid] = child
      // It may have been changed and not been told, when that one ended.
      ledger.began(found.pid, found.id, now: now, isStale: true)
    }
    Processes.endOrphans(settings.folder)
  }

  /// Notes the end of a process.
  func reap(_ pid: Int32, now: Int64) {
    guard let child = children.removeValue(forKey: pid), let (process, isDeath) = ledger.ended(pid, now: now) else {
      return
    }
    settleAt = now
    let text = "dnsmasq of \(process.id.name.title) (pid \(pid)) \(child.end)"
    if isDeath { log.write(.warning, text) } else { log.write(.info, "\(text), as asked") }
    // What it made to answer clients over TCP holds its ports.
    Processes.endOrphans(settings.folder)
  }

  /// Takes the steps that can be taken. A file that cannot be written holds up everything behind it.
  func settle(now: Int64) {
    guard now >= retry.notBefore else { return }
    for step in ledger.plan(now: now) {
      do throws(Failure) { try take(step, now: now) } catch {
        let delay = retry.fail(now: now)
        log.write(.error, "\(error); the next attempt is in \(delay) ms")
        return
      }
    }
    retry.succeed()
    settleAt = ledger.nextDue(now: now)
  }

  private func take(_ step: Step, now: Int64) throws(Failure) {
    switch step {
    case .write(let path, let text):
      do { try folder.write(path, text) } catch { throw error.failure("write", "\(folder.path)/\(path)") }
      ledger.wrote(path, text)
    case .remove(let path):
      do { try folder.remove(path) } catch { throw error.failure("remove", "\(folder.path)/\(path)") }
      ledger.files[path] = nil
    case .start(let id): start(id, now: now)
    case .reload(let pid):
      signal(pid, SIGHUP)
      ledger.reloaded(pid)
    case .stop(let pid):
      signal(pid, SIGTERM)
      ledger.stopped(pid, now: now)
    case .kill(let pid):
      signal(pid, SIGKILL)
      ledger.stopped(pid, now: now)
    }
  }

  /// A process that has ended meanwhile is noticed by its descriptor.
  private func signal(_ pid: Int32, _ number: Int32) { try? children[pid]?.handle.signal(number) }

  /// Its log goes where ours goes, and goes on when we end. A session of its own: no terminal of ours can signal it.
  private func start(_ id: InstanceID, now: Int64) {
    do throws(Errno) {
      let null = try Files.open("/dev/null", O_RDWR)
      let handle = try ProcessHandle.spawn(
        settings.dnsmasq, arguments: Processes.arguments(settings.dnsmasq, settings.folder, id), environment: [],
        descriptors: [(null.raw, 0), (2, 1), (2, 2)], newSession: true)
      let pid = handle.pid
      children[pid] = Child(handle)
      ledger.began(pid, id, now: now)
      log.write(.info, "dnsmasq of \(id.name.title) is started (pid \(pid))")
    } catch {
      let delay = ledger.failed(id.name, now: now)
      let failure = error.failure(
        "start dnsmasq", settings.dnsmasq, remedy: "install dnsmasq-base, or name it in Dnsmasq=")
      log.write(.error, "\(id.name.title): \(failure); the next attempt is in \(delay) ms")
    }
  }
}
