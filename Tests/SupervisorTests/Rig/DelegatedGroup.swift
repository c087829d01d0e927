import Foundation
import Linux

/// A group of cgroup v2 that belongs to the supervisor's user, as systemd makes one for a unit with `Delegate=yes`.
struct DelegatedGroup: Sendable {
  let group: Cgroup

  init(_ name: String) throws {
    guard let hierarchy = Cgroup.hierarchy() else { throw Errno(ENOENT) }
    group = hierarchy.child(name)
    for controller in hierarchy.controllers { try? hierarchy.enable(controller) }
    try group.make()
    // What systemd hands over (cgroup-v2.rst, "Model of Delegation").
    for file in ["", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"] {
      try Command.must("/usr/bin/chown", "\(Rig.user):\(Rig.group)", group.path + file)
    }
  }

  /// A command line that starts the same program in the group.
  func entering(_ words: [String]) -> [String] {
    ["/bin/sh", "-c", "echo $$ >\(group.path)/cgroup.procs && exec \"$@\"", "sh"] + words
  }

  /// Ends what is left in it and takes it away.
  func remove() async {
    try? group.kill()
    for _ in 0..<200 where group.exists {
      for child in group.children { try? group.child(child).remove() }
      try? group.remove()
      try? await Task.sleep(for: .milliseconds(10))
    }
  }
}
