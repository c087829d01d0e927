/// Blocking work of one VM: images, groups, launching. Belongs to the VM's actor.
package final class WorkQueue {
  package private(set) var queue = BlockingQueue("vm")

  /// Goes on with another thread. The old one comes back when the file system does that it waits for, or never.
  func leaveBehind() { queue = BlockingQueue("vm") }
}
