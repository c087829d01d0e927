import Failure
import Glibc
import Hypervisor
import Linux

/// Everything that a hypervisor gets, open and by role.
struct Resources: ~Copyable {
  private var descriptors = DescriptorList()
  private var places: [DescriptorRole: Int] = [:]

  /// Adds one.
  mutating func add(_ role: DescriptorRole, _ descriptor: consuming Descriptor) {
    places[role] = descriptors.count
    descriptors.append(descriptor)
  }

  /// The numbers in the order of `plan`.
  /// - Throws: `.internal` if the plan wants what was not opened.
  func numbers(for plan: QEMUPlan) throws(Failure) -> [Int32] {
    var numbers: [Int32] = []
    for placement in plan.descriptors {
      guard let place = places[placement.role] else {
        throw Failure(
          .internal, step: "launch", object: "\(placement.role)", cause: "the plan wants it, nobody opened it")
      }
      numbers.append(descriptors.raw[place])
    }
    return numbers
  }
}

extension Resources {
  /// Whether everybody may read the files of `roles`, as far as there are such.
  func canBeReadByAll(_ roles: [DescriptorRole]) -> Bool {
    roles.allSatisfy { role in
      guard let place = places[role] else { return true }
      var status = stat()
      return fstat(descriptors.raw[place], &status) == 0 && status.st_mode & S_IROTH != 0
    }
  }

  /// Opens what the VM's own folders hold: logs, listening sockets.
  mutating func openOwn(_ paths: VMPaths, spec: VMSpec) throws(Failure) {
    try open(.null, "/dev/null", O_RDWR)
    // Appending, so that a log that is cut while QEMU writes gets no hole.
    try open(.processLog, paths.processLog, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC)
    add(.qmp, try UnixSocket.listen(paths.qmp, .stream, mode: 0o600))
    add(.qmpSpare, try UnixSocket.listen(paths.qmpSpare, .stream, mode: 0o600))
    if spec.console {
      add(.console, try UnixSocket.listen(paths.console, .stream, mode: 0o600))
      try open(.consoleLog, paths.consoleLog, O_WRONLY | O_APPEND | O_CREAT)
    }
    if spec.agent { add(.agent, try UnixSocket.listen(paths.agent, .stream, mode: 0o600)) }
  }

  /// Opens kernel, firmware and disks as the spec names them; a disk with a size is made if it is not there.
  mutating func openImages(_ paths: VMPaths, spec: VMSpec, settings: Settings) throws(Failure) {
    switch spec.boot {
    case .kernel(let boot):
      try open(.kernel, boot.kernel, O_RDONLY, image: "kernel")
      if let initrd = boot.initrd { try open(.initrd, initrd, O_RDONLY, image: "initrd") }
    case .firmware(.bios): break
    case .firmware(.uefi):
      try open(.firmwareCode, settings.firmwareCode, O_RDONLY, image: "firmware")
      if access(paths.firmwareVariables, F_OK) != 0 {
        do {
          try Files.replace(paths.firmwareVariables, with: try Files.read(settings.firmwareVariables, limit: 1 << 26))
        } catch {
          throw error.failure("copy firmware variables", settings.firmwareVariables, cure: "install the package ovmf")
        }
      }
      try open(.firmwareVariables, paths.firmwareVariables, O_RDWR)
    }
    if spec.cloudInit != nil { try open(.seed, paths.seed, O_RDONLY) }
    for (index, drive) in spec.cdroms.enumerated() {
      guard let path = drive.path else { continue }
      add(.medium(index), try DiskImage.openImage(path, O_RDONLY, "medium of \(drive.effectiveName(at: index))"))
    }
    for (index, disk) in spec.disks.enumerated() {
      let path = disk.path ?? paths.disk(disk.fileName(at: index))
      try open(.disk(index), path, disk.readonly ? O_RDONLY : O_RDWR, image: "disk \(disk.effectiveName(at: index))")
      // What was opened is looked at, not what the path names by now.
      try DiskImage.check(
        descriptors.raw[descriptors.count - 1], path, format: disk.format, isLayer: disk.backing != nil)
      if let below = disk.backing { add(.backing(index), try BackingImage.open(below).take()) }
    }
  }

  private mutating func open(_ role: DescriptorRole, _ path: String, _ flags: Int32, image: String? = nil)
    throws(Failure)
  {
    do { add(role, try Files.open(path, flags)) } catch {
      let cure =
        switch error.code {
        case ENOENT: "create it, or correct the path in the spec"
        case EACCES:
          "let the supervisor's user read it" + (flags & O_RDWR != 0 ? " and write it, or set readonly: true" : "")
        default: ""
        }
      throw error.failure("open" + (image.map { " \($0)" } ?? ""), path, cure: cure)
    }
  }
}
