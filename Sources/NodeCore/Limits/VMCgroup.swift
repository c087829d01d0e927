import Failure
import Glibc
import Linux
import Text
import VMSpec

/// The group in which a VM's hypervisor runs, with its limits.
struct VMCgroup: Sendable {
  /// nil on a host without a tree of ours.
  private let group: Cgroup?
  private let isStrict: Bool
  private let name: String
  /// What is not limited though it should be.
  private(set) var warnings: [Warning] = []

  /// How long the last process of a group may take to leave it, milliseconds.
  private static let timeout: Int64 = 2000

  /// Makes the group of a VM and sets its limits; one that is there gets them again.
  /// - Parameter images: path of each disk's image.
  /// - Throws: the first limit that cannot be held, if the VM or the host is strict about it.
  static func prepare(
    _ spec: VMSpec, id: String, images: [String], isEmulated: Bool, in limits: HostLimits
  ) throws(Failure) -> VMCgroup {
    let devices = images.map { BlockDevice.holding($0) }
    let plan = GroupPlan(spec, isEmulated: isEmulated, devices: devices)
    let isStrict = limits.isStrict || spec.strict
    guard let tree = limits.tree else {
      var none = VMCgroup(group: nil, isStrict: isStrict, name: spec.name)
      let why =
        limits.absence
        ?? Failure(.unsupported, part: .limit, operation: "limit", cause: "this host has no control groups")
      try none.miss(plan.needs.map(\.what), why)
      return none
    }
    var group = VMCgroup(group: tree.group(id), isStrict: isStrict, name: spec.name)
    try group.set(plan, tree)
    return group
  }

  private mutating func set(_ plan: GroupPlan, _ tree: CgroupTree) throws(Failure) {
    guard let group else { return }
    do throws(Errno) { try group.make() } catch {
      return try miss(plan.needs.map(\.what), error.failure("make group", group.path).of(.limit))
    }
    for (controller, what) in plan.needs {
      if let why = tree.missing[controller] { try miss([what], why) }
    }
    let has = tree.controllers
    if has.contains(.cpu) {
      try hold("processors") { () throws(Errno) in
        try group.setProcessorTime(thousandths: plan.processorTime)
        try group.setProcessorWeight(plan.processorWeight ?? GroupPlan.usualWeight)
      }
    }
    if has.contains(.memory) {
      try hold("memory") { () throws(Errno) in
        try group.setMemory(plan.memory)
        try group.setKilledTogether(true)
      }
    }
    if has.contains(.pids) { try hold("tasks") { () throws(Errno) in try group.setTasks(plan.tasks) } }
    if has.contains(.io) {
      // Without a scheduler that weighs there is nothing to take a weight back from.
      if plan.ioWeight != nil || group.has("io.weight") || group.has("io.bfq.weight") {
        try hold("I/O weight") { () throws(Errno) in try group.setIOWeight(plan.ioWeight ?? GroupPlan.usualWeight) }
      }
      try hold("disk rates") { () throws(Errno) in
        for device in group.limitedDevices where plan.rates[device] == nil {
          try group.setIO(device, bytesPerSecond: nil)
        }
        for (device, rate) in plan.rates { try group.setIO(device, bytesPerSecond: rate) }
      }
    }
  }

  /// Puts a process into the group.
  /// - Throws: why it cannot be there, if the VM or the host is strict about it.
  mutating func enter(pid: Int32) throws(Failure) {
    guard let group, group.exists else { return }
    try hold("processors, memory, tasks") { () throws(Errno) in try group.enter(pid) }
  }

  private mutating func hold(_ what: String, _ body: () throws(Errno) -> Void) throws(Failure) {
    do throws(Errno) { try body() } catch {
      try miss([what], error.failure("limit \(what)", group?.path ?? "").of(.limit))
    }
  }

  private mutating func miss(_ what: [String], _ why: Failure) throws(Failure) {
    let words = what.joined(separator: ", ")
    if isStrict {
      throw Failure(
        .unsupported, part: .limit, operation: "limit \(words) of", object: name,
        cause: why.cause + (why.object.isEmpty ? "" : " (\(why.object))"),
        remedy: why.remedy + (why.remedy.isEmpty ? "" : ", ") + "or start it without strict", errno: why.errno)
    }
    warnings.append(
      Warning(
        id: "limit.\(words)", part: .limit, cause: "no limit of \(words): \(why.cause)", remedy: why.remedy,
        isLasting: true))
  }

  /// Removes the group of a VM that has ended. Blocks until its last process has left, for a while.
  static func remove(id: String, in tree: CgroupTree?) throws(Failure) {
    guard let group = tree?.group(id) else { return }
    do throws(Errno) { try group.remove(timeout: timeout) } catch {
      throw error.failure("remove group", group.path, remedy: "see which processes are in its cgroup.procs")
        .of(.limit)
    }
  }

  /// Why a hypervisor was killed, if it was for its memory.
  static func outOfMemory(id: String, name: String, in tree: CgroupTree?) -> Failure? {
    guard let group = tree?.group(id), let kills = group.killsForMemory, kills > 0 else { return nil }
    let limit = group.memoryLimit.map(Amount.text) ?? "none"
    return Failure(
      .exhausted, part: .limit, operation: "keep running", cause: "the hypervisor ran out of memory: limit \(limit)",
      remedy: "raise limits.memoryOverhead: vmsupervisor limit \(name) --memory-overhead SIZE")
  }
}
