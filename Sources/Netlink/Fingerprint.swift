/// A number that tells whether two things are alike (FNV-1a, 64 bits). It protects from no forger: who may change what is
/// compared is root.
public struct Fingerprint: Hashable, Sendable {
  /// What it says so far.
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// That of nothing.
  public init() {}

  /// Takes bytes in, and how many there are, so that what follows cannot be taken for more of them.
  public mutating func mix(_ bytes: some Collection<UInt8>) {
    number(UInt64(bytes.count))
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  mutating func number(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      value = (value ^ (number >> shift & 255)) &* 0x100_0000_01b3
    }
  }
}

/// The elements of a set of nftables, in whatever order the kernel lists them.
public struct ElementSum: Hashable, Sendable {
  /// How many there are.
  public private(set) var count = 0
  private var sum: UInt64 = 0

  /// That of an empty set.
  public init() {}

  /// Adds one that is not among them yet.
  public mutating func add(_ element: FilterElement) { add(element.fingerprint) }

  /// Takes one of them away.
  public mutating func remove(_ element: FilterElement) {
    count -= 1
    sum &-= element.fingerprint
  }

  mutating func add(_ fingerprint: UInt64) {
    count += 1
    sum &+= fingerprint
  }

  var value: UInt64 { sum &+ UInt64(truncatingIfNeeded: count) }
}

/// An element of a set or map of nftables as the kernel holds it.
public struct FilterElement: Hashable, Sendable {
  /// What a key leads to in a map.
  public enum Value: Hashable, Sendable {
    /// Nothing: it is a set.
    case none
    /// Another value.
    case bytes([UInt8])
    /// What becomes of the packet: NF_ACCEPT and so on, or NFT_GOTO and NFT_JUMP with a chain.
    case verdict(Int32, chain: String)
    /// A named object, a limit for instance.
    case object(String)
  }

  /// Its key; in a concatenation each part is filled up to a multiple of four bytes.
  public var key: [UInt8]
  /// What the key leads to.
  public var value: Value
  /// Whatever else the kernel tells of it, a time limit for instance. netd's have nothing.
  var others: [UInt8] = []

  /// Makes one.
  public init(key: [UInt8], value: Value = .none) {
    self.key = key
    self.value = value
  }

  var fingerprint: UInt64 {
    var print = Fingerprint()
    print.mix(key)
    switch value {
    case .none: break
    case .bytes(let bytes): print.mix([1] + bytes)
    case .verdict(let code, let chain):
      print.number(UInt64(UInt32(bitPattern: code)))
      print.mix(chain.utf8)
    case .object(let name): print.mix([2] + Array(name.utf8))
    }
    print.mix(others)
    return print.value
  }
}
