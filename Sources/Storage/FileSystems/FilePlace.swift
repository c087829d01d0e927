import Glibc

/// The file system that a file lies on.
package struct FilePlace: Hashable, Sendable {
  /// Where it is mounted.
  package var mountPoint: String
  /// What is left there.
  package var space: FileSystemSpace?

  /// Looks; nil if there is no such file, or it is a device. Blocks, and for ever on a server that is away.
  package init?(of path: String) {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    var here = String(cString: resolved)
    var status = stat()
    guard stat(here, &status) == 0, status.st_mode & S_IFMT != S_IFBLK, status.st_mode & S_IFMT != S_IFCHR else {
      return nil
    }
    let device = status.st_dev
    while here != "/" {
      let parent = here.lastIndex(of: "/").map { $0 == here.startIndex ? "/" : String(here[..<$0]) } ?? "/"
      guard stat(parent, &status) == 0, status.st_dev == device else { break }
      here = parent
    }
    mountPoint = here
    space = FileSystemSpace("an image", path: path)
  }
}
