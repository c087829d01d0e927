import Linux

/// The names that are served. A value: no clock, no I/O.
///
/// A netd that was started again knows a VM's name only when the VM's owner has said it again. Until then names stay that
/// were there before, unless another VM has taken the name, or any port the address.
struct NameMemory: Sendable {
  /// For how long, in milliseconds.
  let linger: Int64
  private(set) var served: [ServedName] = []
  private var newSince: Int64?

  /// Remembers what `files` of an earlier run say.
  init(linger: Int64, files: [String: String] = [:]) {
    self.linger = linger
    served = files.flatMap { path, text in NameFile.parse(path, text) }
  }

  /// Says that from here on another netd answers.
  mutating func startOver(now: Int64) { newSince = now }

  /// When what was only remembered is to be forgotten; nil if nothing is.
  var forgetAt: Int64? { newSince.map { $0 + linger } }

  /// What is to be served after netd has listed these names. What its owner has taken back is not remembered.
  mutating func serve(_ listing: Listing, now: Int64) -> [ServedName] {
    if let end = forgetAt, now >= end { newSince = nil }
    var result = listing.names
    if newSince != nil {
      let gone = listing.released.union(listing.names.map { NamePlace(network: $0.network, name: $0.name) })
      result += served.filter {
        !gone.contains(NamePlace(network: $0.network, name: $0.name)) && !listing.taken.contains($0.address)
      }
    }
    served = result
    return result
  }
}
