/// Where the disks and network cards of a specification are on the board.
///
/// A position in the list says nothing any more once something before it was taken out of a VM. So each device has a
/// number, which the names of its parts and its address on the board follow from, and which it keeps as long as it is there.
package struct DevicePlaces: Codable, Hashable, Sendable {
  /// The place of one device.
  package struct Place: Codable, Hashable, Sendable {
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
  package var disks: [Place]
  /// Of each network card of the specification, in its order.
  package var nics: [Place]

  /// The places of `spec`.
  /// - Parameter known: those that are known so far; nil if nothing was ever plugged in or taken out. A device beyond
  ///   them gets the lowest free number, on the board.
  package init(_ spec: VMSpec, known: DevicePlaces? = nil) {
    disks = Self.complete(known?.disks ?? [], spec.disks.count)
    nics = Self.complete(known?.nics ?? [], spec.nics.count)
  }

  private static func complete(_ known: [Place], _ count: Int) -> [Place] {
    var places = Array(known.prefix(count))
    while places.count < count { places.append(Place(number: free(places))) }
    return places
  }

  /// The lowest number that none of `places` has.
  package static func free(_ places: [Place]) -> Int {
    (0...places.count).first { number in places.allSatisfy { $0.number != number } } ?? places.count
  }

  /// The lowest root port that nothing sits on; nil if there is none.
  package var freePort: Int? {
    (0..<Self.hotplugPorts).first { port in (disks + nics).allSatisfy { $0.port != port } }
  }

  /// Whether each device is where its position in the list says.
  package var isPlain: Bool {
    [disks, nics].allSatisfy { places in
      places.enumerated().allSatisfy { $1 == Place(number: $0) }
    }
  }
}
