import Failure
import Glibc
import Linux
import Storage

/// Images that volumes can be made of: files in pools that are neither volumes nor VMs'.
extension Pools {
  /// How deep they are looked for below a pool's folder, and how many are listed of each pool.
  private static let depth = 3
  private static let mostImages = 10_000

  /// All images of all pools, by their names. A pool that is away has none.
  package func images() async -> [PoolImage] {
    var images: [PoolImage] = []
    for pool in all() {
      let folder = PoolFolder(pool)
      images += (try? await look(pool.id, "list images") { Self.images(in: folder) }) ?? []
    }
    return images.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  private static func images(in folder: PoolFolder) -> [PoolImage] {
    var images: [PoolImage] = []
    var folders = [(path: "", depth: 0)]
    while let (path, depth) = folders.popLast(), images.count < mostImages {
      for file in (try? folder.files(path, "list images")) ?? [] {
        if file.isFolder {
          if depth < Self.depth, ![StoragePool.volumeFolder, StoragePool.vmFolder].contains(file.path) {
            folders.append((file.path, depth + 1))
          }
        } else if let format = format(of: file, folder) {
          images.append(
            PoolImage(
              id: folder.pool.id + "/" + file.path, name: file.name, path: folder.pool.path + "/" + file.path,
              size: file.size, format: format))
        }
      }
    }
    return Array(images.prefix(mostImages))
  }

  /// nil for what is none: by its name, and by its first bytes.
  private static func format(of file: PoolFile, _ folder: PoolFolder) -> String? {
    guard ["iso", "qcow2", "raw", "img"].contains(file.type), !file.name.hasPrefix("."),
      let open = try? folder.openFile(file.path, O_RDONLY, "list images"),
      let head = try? NamedFile.read(open.raw, file.path, ImageHeader.length)
    else { return nil }
    switch ImageKind(head) {
    case .qcow2: return "qcow2"
    case .other: return file.type == "iso" ? "iso" : file.type == "qcow2" ? nil : "raw"
    default: return nil
    }
  }

  /// The pool and the path in it of an image: by its id, or by its whole path in a pool.
  func place(ofImage text: String, _ operation: String) throws(Failure) -> (pool: StoragePool, path: String) {
    if text.utf8.first == UInt8(ascii: "/") {
      guard let pool = all().first(where: { $0.path != text && $0.contains(text) }) else {
        throw Failure(
          .invalid, part: .disk, operation: operation, object: "source_id `\(text.prefix(256))`",
          cause: "the path is in no pool of this host", remedy: "name an image that ListImages shows")
      }
      return (pool, try PoolPath.parts(String(text.dropFirst(pool.path.count + 1)), operation).joined(separator: "/"))
    }
    guard let slash = text.firstIndex(of: "/") else {
      throw Failure(
        .invalid, part: .disk, operation: operation, object: "source_id `\(text.prefix(256))`",
        cause: "it is no id of an image", remedy: "write POOL/PATH as ListImages shows it (vmsupervisor volume images)")
    }
    let pool = try find(String(text[..<slash]), operation)
    return (pool, try PoolPath.parts(String(text[text.index(after: slash)...]), operation).joined(separator: "/"))
  }
}

extension Pools {
  /// Bytes that a new image of a VM's disk has, which are promised.
  /// - Parameter backing: the image that it is a layer of.
  func sizeOfNewDisk(in id: String, backing: String?, _ wanted: UInt64?, _ operation: String) async throws(Failure)
    -> UInt64
  {
    let folder = PoolFolder(try find(id, operation))
    return try await look(id, operation) { () throws(Failure) in
      try folder.check(operation)
      _ = try folder.ours(StoragePool.vmFolder, operation)
      if let backing { return try BackingImage.open(backing).size(under: wanted) }
      guard let wanted else {
        throw Failure(
          .invalid, part: .disk, operation: operation, object: "size_gib",
          cause: "it is 0, and nothing lies below the disk",
          remedy: "say how large a new image in the pool \(id) is to be")
      }
      return wanted
    }
  }
}
