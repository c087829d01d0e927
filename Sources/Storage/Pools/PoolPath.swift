package import Failure

/// Where pools may be: rules about paths as texts. What lies there is looked at by `PoolFolder`.
package enum PoolPath {
  /// A folder's path in the one form that is compared.
  package static func normal(_ path: String, _ operation: String, field: String) throws(Failure) -> String {
    func refusal(_ cause: String) -> Failure {
      Failure(
        .invalid, part: .disk, operation: operation, object: "\(field) `\(path.prefix(256))`", cause: cause,
        remedy: "write the whole path of a folder, from / on, without . and ..")
    }
    guard path.utf8.first == UInt8(ascii: "/") else { throw refusal("it is no absolute path") }
    guard path.utf8.count <= 1024, !path.utf8.contains(0) else {
      throw refusal("it has more than 1024 bytes, or one that is zero")
    }
    let parts = path.split(separator: "/")
    guard !parts.contains(where: { $0 == "." || $0 == ".." }) else { throw refusal("a part of it is . or ..") }
    guard !parts.isEmpty else { throw refusal("it is the root of all files") }
    return "/" + parts.joined(separator: "/")
  }

  /// A path of somebody's writing in the form in which paths are compared: the kernel sees no difference. `..` stays, for a
  /// link before it decides where it leads.
  package static func comparable(_ path: String) -> String {
    guard path.utf8.first == UInt8(ascii: "/") else { return path }
    return "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  /// Whether `path` is `folder`, or below it.
  package static func isBelow(_ path: String, _ folder: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
  }

  /// Refuses a folder that the administrator has not given for pools, or that another pool has a part of.
  package static func check(_ path: String, roots: [String], others: [StoragePool], _ operation: String) throws(Failure)
  {
    guard roots.contains(where: { isBelow(path, $0) }) else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "config.local.path `\(path)`",
        cause: roots.isEmpty
          ? "this host has no folders for pools" : "pools may lie in \(roots.joined(separator: ", ")) and nowhere else",
        remedy:
          "use a folder there, or have the host's administrator name another in vmsupervisor.conf: [Storage] Pools=")
    }
    guard let other = others.first(where: { isBelow(path, $0.path) || isBelow($0.path, path) }) else { return }
    throw Failure(
      .invalid, part: .disk, operation: operation, object: "config.local.path `\(path)`",
      cause: "the pool \(other.id) has \(other.path)", remedy: "use a folder that is not part of another pool's")
  }

  /// A path within a pool, as its parts.
  package static func parts(_ path: String, _ operation: String) throws(Failure) -> [String] {
    let parts = path.split(separator: "/").map(String.init)
    guard path.utf8.first != UInt8(ascii: "/"), path.utf8.count <= 1024, !path.utf8.contains(0),
      !parts.contains(where: { $0 == "." || $0 == ".." })
    else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "path `\(path.prefix(256))`",
        cause: "it does not stay in the pool",
        remedy: "write a path that begins at the pool's folder, without / in front, . and ..; empty is that folder")
    }
    return parts
  }
}
