import Failure
import Hypervisor
import Storage

/// Why an error of a disk holds a guest, in words. A value: no I/O.
struct HoldReason: Hashable, Sendable {
  /// What the hypervisor said.
  var error: DiskError
  /// What it is to the guest, `disk root`, and the image's path on the host.
  var drive: String
  var path: String
  /// Where the image lies; nil if it is a device, or nobody can tell in time.
  var place: FilePlace?

  /// ENOSPC and EIO of asm-generic/errno.h.
  private static let (noSpace, ioError): (Int32, Int32) = (28, 5)

  /// The reason of the state.
  /// - Parameter name: the VM's.
  func failure(_ name: String) -> Failure {
    let goOn = "let it go on: vmsupervisor resume \(name)"
    let where_ = place?.mountPoint ?? path
    let what: String
    let remedy: String
    if error.hasNoSpace {
      let room = place?.space.map { " (\($0.words))" } ?? ""
      what = place == nil ? "no space is left for \(path)" : "the file system at \(where_) is full\(room)"
      remedy = "free space \(place == nil ? "for it" : "on \(where_)"), then \(goOn)"
    } else {
      let words = error.reason.isEmpty ? "the host could not read or write it" : "the host says: \(error.reason)"
      what = words
      remedy = "see to the storage under \(where_) (the host's kernel log says more), then \(goOn)"
    }
    return Failure(
      error.hasNoSpace ? .exhausted : .system, part: error.hasNoSpace ? .space : .disk,
      operation: error.isWrite == false ? "read disk" : "write disk", object: path,
      cause: "\(drive): \(what); the guest is held with its memory kept", remedy: remedy,
      errno: error.hasNoSpace ? Self.noSpace : Self.ioError)
  }
}
