/// Where the disks and network cards of a specification are on the board.
///
/// A position in the list says nothing any more once something before it was taken out of a VM. So each device has a
/// number, which the names of its parts and its address on the board follow from, and which it keeps as long as it is there.
package struct DeviceAddresses: Codable, Hashable, Sendable {
  /// The place of one device.
  package struct Address: Codable, Hashable, Sendable {
    /// From 0; of network cards it is the number that netd knows them by.
    package var number: Int
    /// The root port that it was plugged into, from 0, and that later starts put it on again; nil: on the board itself,
    /// where nothing can be taken out while the guest runs.
    package var port: Int?
    /// What another control plane calls it.
    package var id: String?

    /// Makes a place.
    package init(number: Int, port: Int? = nil, id: String? = nil) {
      self.number = number
      self.port = port
      self.id = id
    }
  }

  /// Root ports for devices that come while the guest runs; q35 only. Functions of one PCI slot, which has eight.
  package static let hotplugPorts = 8

  /// Of each disk of the specification, in its order.
  package var disks: [Address]
  /// Of each network card of the specification, in its order.
  package var nics: [Address]

  /// The places of `spec`.
  /// - Parameter known: those that are known so far; nil if nothing was ever plugged in or taken out. A device beyond
  ///   them gets the lowest free number, on the board.
  package init(_ spec: VMSpec, known: DeviceAddresses? = nil) {
    disks = Self.complete(known?.disks ?? [], spec.disks.count)
    nics = Self.complete(known?.nics ?? [], spec.nics.count)
  }

  private static func complete(_ known: [Address], _ count: Int) -> [Address] {
    var addresses = Array(known.prefix(count))
    while addresses.count < count { addresses.append(Address(number: free(addresses))) }
    return addresses
  }

  /// The lowest number that none of `places` has.
  package static func free(_ addresses: [Address]) -> Int {
    (0...addresses.count).first { number in addresses.allSatisfy { $0.number != number } } ?? addresses.count
  }

  /// The lowest root port that nothing sits on; nil if there is none.
  package var freePort: Int? {
    (0..<Self.hotplugPorts).first { port in (disks + nics).allSatisfy { $0.port != port } }
  }

  /// Whether they are places of the devices of `spec`, however they were made: each has one of its own.
  package func fits(_ spec: VMSpec) -> Bool {
    guard disks.count == spec.disks.count, nics.count == spec.nics.count,
      Self.areApart(disks, most: SpecLimits.disks), Self.areApart(nics, most: SpecLimits.nics)
    else { return false }
    let ports = (disks + nics).compactMap(\.port)
    return Set(ports).count == ports.count && ports.allSatisfy((0..<Self.hotplugPorts).contains)
  }

  private static func areApart(_ places: [Address], most: Int) -> Bool {
    let numbers = places.map(\.number)
    return Set(numbers).count == numbers.count && numbers.allSatisfy((0..<most).contains)
      && places.compactMap(\.id).allSatisfy { DerivedName.trouble(of: $0) == nil }
  }

  /// Whether each device is where its position in the list says.
  package var isPlain: Bool {
    [disks, nics].allSatisfy { addresses in
      addresses.enumerated().allSatisfy { $1 == Address(number: $0) }
    }
  }
}
