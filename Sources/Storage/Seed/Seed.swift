package import Failure
import Glibc
import Linux

/// The seed as an image: an ISO 9660 file system with the label that cloud-init looks for.
package enum Seed {
  /// The label that cloud-init looks for.
  private static let label = "cidata"

  /// Writes the image to `path`, which is replaced. Blocks for some milliseconds.
  package static func write(_ seed: SeedFiles, to path: String, by tools: some ToolRunner) throws(Failure) {
    let folder = path + ".files"
    let temporary = path + ".new"
    defer { try? Files.removeFolder(folder) }
    do throws(Errno) {
      try Files.removeFolder(folder)
      try Files.makeFolders(folder)
      // Made again at each start: nothing that has to outlive a power cut.
      for (name, text) in seed.files { try Files.replace(folder + "/" + name, with: Array(text.utf8), durable: false) }
    } catch {
      throw error.failure("write cloud-init seed", folder, remedy: "see to space and permissions there")
    }
    let operation = "write cloud-init seed"
    do throws(Failure) {
      let image: Descriptor
      do throws(Errno) { image = try Files.open(temporary, O_RDWR | O_CREAT | O_TRUNC) } catch {
        throw error.failure(operation, temporary, remedy: "see to space and permissions there")
      }
      // Each by its name: the tool may read what is in the folder, and list nothing.
      let files = seed.files.map { "\($0.name)=\(folder)/\($0.name)" }
      let options = ["-quiet", "-V", label, "-J", "-r", "-o", "-", "-graft-points"]
      try tools.run(
        .isoImage, .init(arguments: options + files, folder: folder, isOutput: true),
        operation: operation, object: path, file: image.raw)
      if rename(temporary, path) != 0 { throw Errno(errno).failure(operation, path) }
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
