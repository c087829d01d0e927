import Failure
import FoundationEssentials
import Glibc
import Linux

/// The records of downloads: a file each, replaced whole and durably.
struct DownloadRecords: Sendable {
  let folder: String

  init(_ paths: Paths) { folder = paths.downloadRecords }

  private func path(_ id: String) -> String { "\(folder)/\(id).json" }

  /// Reads all of them. One that cannot be read stays where it is, and stops nobody else.
  func load() -> (downloads: [Download], troubles: [Failure]) {
    let names: [String]
    do throws(Errno) { names = try Files.names(in: folder) } catch {
      return ([], error.code == ENOENT ? [] : [error.failure("list downloads", folder).of(.record)])
    }
    var downloads: [Download] = []
    var troubles: [Failure] = []
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    for name in names.sorted() where name.hasSuffix(".json") {
      let id = String(name.dropLast(5))
      if let content = try? Files.read(path(id)),
        let download = try? decoder.decode(Download.self, from: Data(content)),
        download.schema == Download.currentSchema, download.id == id
      {
        downloads.append(download)
      } else {
        troubles.append(
          Failure(
            .invalid, part: .record, operation: "read download", object: path(id),
            cause: "it is no record of a download, or one of another release",
            remedy: "remove it, and fetch the image again"))
      }
    }
    return (downloads, troubles)
  }

  func write(_ download: Download) throws(Failure) {
    let path = path(download.id)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    guard let content = try? encoder.encode(download) else {
      throw Failure(.internal, part: .record, operation: "write download", object: path, cause: "it cannot be spelled")
    }
    do throws(Errno) {
      try Files.makeFolders(folder)
      try Files.replace(path, with: Array(content))
    } catch {
      throw error.stateFailure("write download", path)
    }
  }

  func remove(_ id: String) { unlink(path(id)) }
}
