import Failure
import Glibc
import Hypervisor
import Linux
import Storage
import VMSpec

/// Everything that a hypervisor gets, open and by role.
struct Resources: ~Copyable {
  private var descriptors = DescriptorList()
  private var addresses: [DescriptorRole: Int] = [:]
  private var images: [(role: DescriptorRole, image: OpenImage)] = []

  /// Adds one.
  mutating func add(_ role: DescriptorRole, _ descriptor: consuming Descriptor) {
    addresses[role] = descriptors.count
    descriptors.append(descriptor)
  }

  /// The numbers in the order of `plan`.
  /// - Throws: `.internal` if the plan wants what was not opened.
  func numbers(for plan: ProcessPlan) throws(Failure) -> [Int32] {
    var numbers: [Int32] = []
    for placement in plan.descriptors {
      guard let place = addresses[placement.role] else {
        throw Failure(
          .internal, part: .supervisor, operation: "launch", object: "\(placement.role)",
          cause: "the plan wants it, nobody opened it")
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
      guard let place = addresses[role] else { return true }
      var status = stat()
      return fstat(descriptors.raw[place], &status) == 0 && status.st_mode & S_IROTH != 0
    }
  }

  /// Opens what the VM's own folders hold: logs, listening sockets.
  mutating func openOwn(_ paths: VMPaths, spec: VMSpec) throws(Failure) {
    try open(.null, "/dev/null", O_RDWR)
    // Appending, so that a log that is cut while the hypervisor writes gets no hole.
    try open(.processLog, paths.processLog, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC)
    add(.monitor, try UnixSocket.listen(paths.monitor, .stream, mode: 0o600))
    add(.monitorSpare, try UnixSocket.listen(paths.monitorSpare, .stream, mode: 0o600))
    if spec.console {
      add(.console, try UnixSocket.listen(paths.console, .stream, mode: 0o600))
      try open(.consoleLog, paths.consoleLog, O_WRONLY | O_APPEND | O_CREAT)
    }
    if spec.agent { add(.agent, try UnixSocket.listen(paths.agent, .stream, mode: 0o600)) }
  }

  /// Opens kernel, firmware and disks as the spec names them, and looks whether each is what it is to be.
  /// - Parameter holders: which VM has which image, for a refusal.
  mutating func openImages(
    _ paths: VMPaths, spec: VMSpec, settings: Settings, holders: ImageHolders
  ) throws(Failure) {
    switch spec.boot {
    case .kernel(let boot):
      add(.kernel, try Failure.of(.image) { () throws(Failure) in try BootFiles.kernel(boot.kernel) })
      if let initrd = boot.initrd {
        add(.initrd, try Failure.of(.image) { () throws(Failure) in try BootFiles.initrd(initrd) })
      }
    case .firmware(.bios): break
    case .firmware(.uefi):
      add(
        .firmwareCode, try Failure.of(.image) { () throws(Failure) in try BootFiles.firmware(settings.firmwareCode) })
      if !Files.exists(paths.firmwareVariables) {
        let fresh = try Failure.of(.image) { () throws(Failure) in
          try BootFiles.variables(settings.firmwareVariables)
        }
        do throws(Errno) { try Files.replace(paths.firmwareVariables, with: fresh) } catch {
          throw error.failure("write firmware variables", paths.firmwareVariables).of(.image)
        }
      }
      try open(.firmwareVariables, paths.firmwareVariables, O_RDWR)
    }
    if spec.cloudInit != nil { try open(.seed, paths.seed, O_RDONLY) }
    for (index, drive) in spec.cdroms.enumerated() {
      guard let path = drive.path else { continue }
      let name = drive.effectiveName(at: index)
      add(
        .medium(index),
        try Failure.of(.image) { () throws(Failure) in
          try DiskImage.openMedium(path, "medium of \(name)", missing: NamedFile.bringMedium(name))
        })
    }
    for (index, disk) in spec.disks.enumerated() {
      do throws(Failure) { try openDisk(disk, at: index, paths, holders) } catch { throw error.of(.disk) }
    }
  }

  private mutating func openDisk(
    _ disk: DiskSpec, at index: Int, _ paths: VMPaths, _ holders: ImageHolders
  ) throws(Failure) {
    let path = disk.path ?? paths.disk(disk.fileName(at: index))
    let what = "disk \(disk.effectiveName(at: index))"
    let file = try DiskImage.open(disk, path, what, missing: NamedFile.bringDisk(disk.effectiveName(at: index)))
    try holders.check(file.raw, path, what, writing: !disk.readonly, for: paths.id)
    try note(.disk(index), file.raw, path, what, isWritten: !disk.readonly)
    add(.disk(index), file)
    if let below = disk.backing {
      let image = try BackingImage.open(below).take()
      try note(.backing(index), image.raw, below, "the image below \(what)", isWritten: false)
      add(.backing(index), image)
    }
  }

  /// Writes down which file an image is, and refuses one that two disks of the VM would write to.
  private mutating func note(
    _ role: DescriptorRole, _ file: Int32, _ path: String, _ what: String, isWritten: Bool
  ) throws(Failure) {
    guard let image = OpenImage(file, path, what, isWritten: isWritten) else {
      throw Errno(errno).failure("look at", path).of(.disk)
    }
    if let other = images.map({ $0.image }).first(where: {
      $0.identity == image.identity && ($0.isWritten || image.isWritten)
    }) {
      throw Failure(
        .invalid, part: .disk, operation: "open \(what)", object: path,
        cause: "it is the same file as \(other.path) of \(other.what)",
        remedy: "give each disk an image of its own, or set readonly: true on both")
    }
    images.append((role, image))
  }

  /// What is open, by the numbers of `plan`.
  func openImages(_ plan: ProcessPlan) -> [OpenImage] {
    images.map { role, image in
      var image = image
      image.number = Int(plan.target(of: role) ?? 0)
      return image
    }
  }

  /// Opens a file of the VM's own folder.
  private mutating func open(_ role: DescriptorRole, _ path: String, _ flags: Int32) throws(Failure) {
    do { add(role, try Files.open(path, flags)) } catch {
      throw error.failure(
        "open", path, remedy: error.code == EACCES ? "let the supervisor's user read and write it" : ""
      ).of(role == .firmwareVariables || role == .seed ? .image : .process)
    }
  }
}
