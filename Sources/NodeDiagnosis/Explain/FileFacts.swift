import Failure
import Glibc
import Linux
import NodeCore
import Storage
import VMSpec

/// What is wrong with the files that a start opens, as the supervisor's user sees them.
enum FileFacts {
  /// Looks at every file of `spec`. What a start makes by itself is no trouble.
  ///
  /// - Parameters:
  ///   - known: images that a guest has had.
  ///   - look: is told what is looked at.
  ///   - holders: which VM has which image; nil while this one runs and has them itself.
  static func look(
    _ spec: VMSpec, paths: VMPaths, settings: Settings, known: [KnownImage], holders: ImageHolders?,
    _ look: FileLooks.Look
  ) -> [Reason] {
    var reasons: [Reason] = []
    // Folders are looked at first, because they say more; then the file is opened as a start opens it.
    func need(
      _ part: Reason.Part, _ what: String, _ path: String, writing: Bool = false, missing remedy: String? = nil,
      _ open: () throws(Failure) -> Void
    ) {
      look.enter(path)
      if var failure = trouble(what, path, writing: writing) {
        if failure.errno == ENOENT, let remedy { failure.remedy = remedy.naming(spec.name) }
        return reasons.append(Reason(.blocks, part, failure))
      }
      do throws(Failure) { try open() } catch { reasons.append(Reason(.blocks, part, error)) }
    }
    switch spec.boot {
    case .kernel(let boot):
      need(.image, "kernel", boot.kernel) { () throws(Failure) in _ = try BootFiles.kernel(boot.kernel) }
      if let initrd = boot.initrd {
        need(.image, "initrd", initrd) { () throws(Failure) in _ = try BootFiles.initrd(initrd) }
      }
    case .firmware(.bios): break
    case .firmware(.uefi):
      let (code, variables) = (settings.firmwareCode, settings.firmwareVariables)
      need(.image, "firmware", code, missing: BootFiles.remedy("FirmwareCode=")) { () throws(Failure) in
        _ = try BootFiles.firmware(code)
      }
      if !Files.exists(paths.firmwareVariables) {
        need(.image, "firmware variables", variables, missing: BootFiles.remedy("FirmwareVariables=")) {
          () throws(Failure) in _ = try BootFiles.variables(variables)
        }
      }
    }
    for (index, disk) in spec.disks.enumerated() {
      let path = disk.path ?? paths.disk(disk.fileName(at: index))
      let what = "disk \(disk.effectiveName(at: index))"
      look.enter(path)
      do throws(Failure) {
        if try !DiskImage.isToBeMade(disk, at: index, of: spec.name, known: known, in: paths.images) {
          let remedy = NamedFile.bringDisk(disk.effectiveName(at: index))
          need(.disk, what, path, writing: !disk.readonly, missing: remedy) { () throws(Failure) in
            let file = try DiskImage.open(disk, path, what)
            try holders?.check(file.raw, path, what, writing: !disk.readonly, for: paths.id)
          }
        }
      } catch {
        reasons.append(Reason(.blocks, .disk, error))
      }
      if let backing = disk.backing {
        need(.disk, "image of \(what)", backing) { () throws(Failure) in _ = try BackingImage.open(backing) }
      }
    }
    for (index, cdrom) in spec.cdroms.enumerated() {
      guard let path = cdrom.path else { continue }
      let name = cdrom.effectiveName(at: index)
      need(.image, "CD \(name)", path, missing: NamedFile.bringMedium(name)) { () throws(Failure) in
        _ = try DiskImage.openMedium(path)
      }
    }
    return reasons
  }

  /// Why a file cannot be opened; nil if it can.
  private static func trouble(_ what: String, _ path: String, writing: Bool) -> Failure? {
    if access(path, writing ? R_OK | W_OK : R_OK) == 0 { return nil }
    let error = Errno(errno)
    var failure = error.failure("open \(what)", path)
    switch error.code {
    case ENOENT:
      let folder = folders(of: path).first { !Files.exists($0) }
      failure.cause = folder.map { "\($0) does not exist" } ?? "it does not exist"
      failure.remedy = NamedFile.bringThere
    case EACCES:
      if let folder = folders(of: path).first(where: { access($0, X_OK) != 0 }) {
        failure.cause = "the supervisor's user may not enter \(folder)"
        failure.remedy = "permit it (chmod o+x, or an ACL), or move the file below the state folder"
      } else {
        failure.cause = "the supervisor's user may not read\(writing ? " and write" : "") it"
        failure.remedy = "let it" + (writing ? ", or set readonly: true" : "")
      }
    case EROFS:
      failure.cause = "it lies on a file system that is mounted read-only"
      failure.remedy = "see in the kernel's log whether that was an error; mount it again, or set readonly: true"
    default: break
    }
    return failure
  }

  /// The folders above a path, from the root down.
  private static func folders(of path: String) -> [String] {
    var folders: [String] = []
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
      folder += "/" + part
      folders.append(folder)
    }
    return folders
  }
}
