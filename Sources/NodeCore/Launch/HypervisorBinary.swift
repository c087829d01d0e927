package import Failure
import Glibc
package import HypervisorQEMU
import Linux
import Storage

/// The configured hypervisor binary: asked what it can do when that is first needed, and again when it is another file.
///
/// So the supervisor serves without one, says so, and takes one that is installed or upgraded while it runs.
package actor HypervisorBinary {
  package nonisolated let path: String
  private var known: (file: FileIdentity, facts: Facts)?
  private var asking: (file: FileIdentity, answer: Task<Result<Facts, Failure>, Never>)?

  private struct Facts: Sendable {
    var features: QEMUFeatures
    var files: HypervisorFiles
  }

  package init(path: String) { self.path = path }

  /// What the binary can do.
  /// - Throws: why it cannot be run, or why it cannot be used.
  package func features() async throws(Failure) -> QEMUFeatures { try await facts().features }

  /// What it opens by itself.
  /// - Throws: as `features()` does.
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
          return .success(Facts(features: features, files: try await HypervisorFiles.probe(executable: path)))
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

  /// What tells a file from the one that was there before.
  private struct FileIdentity: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
  }

  private func identify() throws(Failure) -> FileIdentity {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw Errno(errno).failure(
        "run hypervisor", path, remedy: "install the package qemu-system-x86, or set QEMU= in the configuration"
      ).of(.hypervisor)
    }
    return FileIdentity(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
  }
}
