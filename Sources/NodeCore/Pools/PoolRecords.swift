import Storage

extension StoragePool: NamedRecord {
  static var noun: String { "pool" }
  static var remedy: String {
    "repair it and restart the supervisor; or remove it, and make the pool again: its files stay"
  }
}

typealias PoolRecords = NamedRecords<StoragePool>

extension PoolRecords {
  init(_ paths: Paths) { self.init(folder: paths.poolRecords) }
}
