extension Download: NamedRecord {
  static var noun: String { "download" }
  static var remedy: String { "remove it, and fetch the image again" }
}

typealias DownloadRecords = NamedRecords<Download>

extension DownloadRecords {
  init(_ paths: Paths) { self.init(folder: paths.downloadRecords) }
}
