extension VMSpec {
  /// A path that does not begin with `/`, with its key in the document; nil if there is none. Whoever opens one works in
  /// another folder than the one who has written it, and programs take some for something else than a path.
  package var relativePath: (key: String, path: String)? {
    var paths: [(key: String, path: String?)] = []
    if case .kernel(let boot) = boot { paths += [("boot.kernel", boot.kernel), ("boot.initrd", boot.initrd)] }
    // In a request, what is relative to a pool is the name of a volume there.
    for (index, disk) in disks.enumerated() where disk.pool == nil {
      paths += [("disks[\(index)].path", disk.path), ("disks[\(index)].backing", disk.backing)]
    }
    paths += cdroms.enumerated().map { ("cdroms[\($0)].path", $1.path) }
    for case (let key, let path?) in paths where !Self.isAbsolute(path) { return (key, path) }
    return nil
  }

  /// Whether a path begins at the root. By the byte, as the kernel sees it: for `String` a slash with an accent on it is another character.
  package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

  /// The same specification with every relative image path made absolute under `directory`.
  package func resolvingPaths(against directory: String) -> VMSpec {
    func absolute(_ path: String) -> String {
      if Self.isAbsolute(path) { return path }
      var rest = Substring(path)
      while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
      return directory.hasSuffix("/") ? directory + rest : "\(directory)/\(rest)"
    }
    var result = self
    if case .kernel(var boot) = boot {
      boot.kernel = absolute(boot.kernel)
      boot.initrd = boot.initrd.map(absolute)
      result.boot = .kernel(boot)
    }
    for index in result.disks.indices {
      result.disks[index].path = result.disks[index].path.map(absolute)
      result.disks[index].backing = result.disks[index].backing.map(absolute)
    }
    for index in result.cdroms.indices { result.cdroms[index].path = result.cdroms[index].path.map(absolute) }
    return result
  }
}
