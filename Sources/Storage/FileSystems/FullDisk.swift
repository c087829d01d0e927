package import Failure
import Glibc
import Linux

extension Errno {
  /// The failure of writing at `path` in the state folder, which is of what is written down there; of a full disk it says
  /// which.
  package func stateFailure(_ operation: String, _ path: String) -> Failure {
    guard isFull else {
      return failure(operation, path, remedy: "see to permissions there, and to the disk").of(.record)
    }
    let place = MountPoint.of(path)
    var failure = failure(operation, path, remedy: "free space on \(place), then try again")
    if code == EDQUOT {
      failure.cause = "the supervisor's user may not have more of the file system \(place) (quota)"
    } else {
      let free = FileSystemSpace("state", path: path).map { ": \($0.words)" } ?? ""
      failure.cause = "the file system \(place) is full\(free)"
    }
    return failure
  }
}

/// Where file systems begin.
enum MountPoint {
  /// The topmost folder above `path` that is on the same file system.
  static func of(_ path: String) -> String {
    var folder = path
    var device: dev_t?
    while true {
      var status = stat()
      let parent = folder.lastIndex(of: "/").map { $0 == folder.startIndex ? "/" : String(folder[..<$0]) } ?? "/"
      if stat(folder, &status) == 0 {
        device = device ?? status.st_dev
        var above = stat()
        guard folder != "/", stat(parent, &above) == 0, above.st_dev == device else { return folder }
      } else if folder == "/" {
        return folder
      }
      folder = parent
    }
  }
}
