/// What the guest reads as a disk's serial number, which its stable names (`/dev/disk/by-id/virtio-…` and the like) are made of.
///
/// A disk on the board has that of its place, `disk0` and up. One in a root port has its name: as it is if the 20
/// bytes of virtio (1.2, section 5.2.6) hold it, otherwise its beginning and a hash of the whole.
package enum DiskSerial {
  /// Bytes that a guest can read.
  package static let most = 20
  /// The seed of cloud-init is a disk too.
  package static let seed = "cidata"

  /// That of a disk on the board.
  package static func own(_ number: Int) -> String { "disk\(number)" }

  package static func text(_ disk: DiskSpec, _ place: DeviceAddresses.Address) -> String {
    let own = own(place.number)
    guard place.port != nil, let name = disk.name, Self.place(in: name) == nil, name != seed else { return own }
    if name.utf8.count <= most { return name }
    let mark = String(FNV.hash(name, bits: 36), radix: 36)
    return "\(name.prefix(most - 1 - mark.utf8.count))-\(mark)"
  }

  /// The number in a name that is the serial number of a place: `disk7`.
  package static func place(in name: String) -> Int? {
    // A sign makes a number too: `disk-7` is a name like any other.
    guard name.hasPrefix("disk"), let number = Int(name.dropFirst(4)), number >= 0, own(number) == name
    else { return nil }
    return number
  }

  /// Why a disk cannot be called as it is beside the others, and what helps; nil if it can.
  /// - Parameters:
  ///   - index: position of the disk.
  ///   - addresses: of all of them.
  package static func trouble(
    _ index: Int, of disks: [DiskSpec], at addresses: [DeviceAddresses.Address]
  ) -> (cause: String, remedy: String)? {
    let disk = disks[index]
    let own = addresses[index]
    let name = disk.effectiveName(at: index)
    if let number = place(in: name), number != own.number {
      return (
        "`\(name)` is the serial number that a guest reads of another disk; of this one it is `\(text(disk, own))`",
        "choose a name that is not disk and a number, or leave it out"
      )
    }
    let serial = text(disk, own)
    for (other, there) in zip(disks, addresses).enumerated().filter({ $0.offset != index }).map(\.element)
    where text(other, there) == serial {
      return (
        "the guest would read the serial number `\(serial)` of two disks; it is that of `\(other.name ?? serial)` already",
        "choose another name; up to \(most) characters are the serial number as they are"
      )
    }
    return nil
  }
}
