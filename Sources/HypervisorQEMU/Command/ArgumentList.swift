package import Hypervisor

/// Arguments and descriptor numbers as they are collected. Numbers follow each other from 3.
package struct ArgumentList {
  package private(set) var plan: ProcessPlan
  private var next: Int32 = 3

  init(executable: String) {
    plan = ProcessPlan(
      arguments: [executable],
      descriptors: [
        .init(role: .null, target: 0), .init(role: .processLog, target: 1), .init(role: .processLog, target: 2),
      ])
  }

  package mutating func add(_ arguments: String...) { plan.arguments += arguments }

  /// Lets the process open a file by its path.
  mutating func read(_ path: String) { plan.readable.append(path) }

  mutating func add(_ device: QEMUDevice) { add("-device", device.text) }

  /// Gives the next free number to `role`.
  package mutating func place(_ role: DescriptorRole) -> Int32 {
    defer { next += 1 }
    plan.descriptors.append(.init(role: role, target: next))
    return next
  }

  /// Registers `role` as a descriptor set of its own and gives the name that `qemu_open` finds it by.
  ///
  /// The set has the number of the descriptor. QEMU matches by access mode and works on a duplicate, so one descriptor
  /// with the right mode is enough, and the advisory lock it takes lives as long as the process.
  package mutating func set(_ role: DescriptorRole) -> String {
    let number = place(role)
    add("-add-fd", "fd=\(number),set=\(number)")
    return "/dev/fdset/\(number)"
  }

  /// A listening socket that is bound already; one client at a time, and QEMU does not wait for it.
  package mutating func socket(_ role: DescriptorRole, id: String, log: String? = nil) {
    let logging = log.map { ",logfile=\($0),logappend=on" } ?? ""
    add("-chardev", "socket,id=\(id),fd=\(place(role)),server=on,wait=off\(logging)")
  }

  /// Doubles commas: the option parser's only escape.
  package static func escaped(_ text: String) -> String {
    text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
