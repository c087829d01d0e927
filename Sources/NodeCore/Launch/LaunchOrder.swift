import Failure
import FoundationEssentials
import Glibc
import Hypervisor
import Life
import Linux
import Storage
import VMSpec

/// Where a hypervisor is started: what of the host its launch needs.
struct LaunchSite: Sendable {
  var settings: Settings
  var confinement: HostConfinement
  var host: any HypervisorHost
  var limits: HostLimits
  var holders: ImageHolders
  /// Where programs run that work on the VM's images.
  var tools: ToolRoom
}

/// The blocking part of a start, with everything it needs.
struct LaunchOrder: Sendable {
  var spec: VMSpec
  var plan: ProcessPlan
  var paths: VMPaths
  var site: LaunchSite
  var lock: DescriptorCell
  var taps: [DescriptorCell]
  /// `/dev/vhost-net` for each virtio card by its position, or none.
  var vhosts: [Int: DescriptorCell]
  var kvm: DescriptorCell?
  var generation: UInt64
  var generationID: String?
  var accelerator: AcceleratorChoice
  var handles: [UInt64]
  var files: HypervisorFiles
  var images: [String]
  var ticket: StartTicket
  var seed: SeedFiles?
  /// What the program opens that makes an image of `seed`.
  var seedTool: HypervisorFiles?
  /// What a guest of its family has less than it could.
  var weaker: Warning?

  struct Launched: Sendable {
    var process: any HypervisorProcess
    var incarnation: Incarnation
    var listener: DescriptorCell?
    var limitWarnings: [Warning]
  }

  func execute() throws(Failure) -> Launched {
    var resources = Resources()
    do throws(Failure) { try resources.openOwn(paths, spec: spec) } catch { throw error.of(.process) }
    if let seed, let seedTool {
      try Failure.of(.image) { () throws(Failure) in
        try Seed.write(seed, to: paths.seed, by: EquippedToolRoom(room: site.tools, files: seedTool))
      }
    }
    try resources.openImages(paths, spec: spec, settings: site.settings, holders: site.holders)
    guard ticket.commit() else {
      throw Failure(.state, part: .state, operation: "start", object: spec.name, cause: "it was stopped meanwhile")
    }
    for (index, tap) in taps.enumerated() {
      if let descriptor = tap.take() { resources.add(.tap(index), descriptor) }
    }
    for (index, device) in vhosts {
      if let descriptor = device.take() { resources.add(.vhostNet(index), descriptor) }
    }
    if let descriptor = kvm?.take() { resources.add(.kvm, descriptor) }
    if let descriptor = lock.take() { resources.add(.lock, descriptor) }
    let numbers = try resources.numbers(for: plan)

    var group = try Failure.of(.limit) { () throws(Failure) in
      try VMCgroup.prepare(
        spec, id: paths.id, images: images, isEmulated: accelerator.accelerator == .tcg, in: site.limits)
    }
    var incarnation = Incarnation(
      token: UUID().uuidString.lowercased(), pid: 0, startTime: 0, startedAt: Date(), generation: generation,
      accelerator: accelerator.accelerator == .tcg ? "tcg" : "kvm",
      weaknesses: accelerator.warning == nil && weaker == nil ? nil : [accelerator.warning, weaker].compactMap(\.self),
      handles: handles)
    incarnation.images = resources.openImages(plan)
    incarnation.generationID = generationID
    let confined = confine(imagesAreReadable: resources.canBeReadByAll([.kernel, .initrd]))
    // Written before it is a hypervisor: whoever finds one finds its incarnation too, and it is where its limits are.
    let started = try Failure.of(.hypervisor) { () throws(Failure) in
      try site.host.start(plan, numbers: numbers, confined) { (pid, startTime) throws(Failure) in
        (incarnation.pid, incarnation.startTime) = (pid, startTime)
        do throws(Failure) { try group.enter(pid: pid) } catch { throw error.of(.limit) }
        do throws(Failure) { try RecordStore.write(incarnation, to: paths.incarnation) } catch {
          throw error.of(.record)
        }
      }
    }
    incarnation.note(started.report, expected: confined.expected)
    // Should this fail, a later life of ours does not know the layers; they are on all the same.
    try? RecordStore.write(incarnation, to: paths.incarnation)
    return Launched(
      process: started.process, incarnation: incarnation, listener: started.listener, limitWarnings: group.warnings)
  }

  private func confine(imagesAreReadable: Bool) -> ConfinementPlan {
    let canChange = ConfinementPlan.canChangeUser(accelerator.accelerator, imagesAreReadable: imagesAreReadable)
    var files = files
    // A host without such a file does without it, and so does its hypervisor.
    files.readable += plan.readable.filter(Files.exists)
    return ConfinementPlan.make(
      files: files, plan: plan, accelerator: accelerator.accelerator, host: site.confinement.host,
      user: canChange ? site.confinement.users.user(of: paths.id) : nil, strict: spec.strict || site.settings.strict)
  }
}
