extension VMSpec {
  /// The same specification with every relative image path made absolute under `directory`.
  public func resolvingPaths(against directory: String) -> VMSpec {
    func absolute(_ path: String) -> String {
      if path.hasPrefix("/") { return path }
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
