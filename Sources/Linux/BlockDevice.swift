import Glibc

/// A block device by its numbers.
public struct BlockDevice: Hashable, Sendable, CustomStringConvertible {
  /// The driver.
  public let major: UInt32
  /// The device.
  public let minor: UInt32

  /// Names a device.
  public init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// Reads `MAJOR:MINOR`.
  public init?(text: some StringProtocol) {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    self.init(major: major, minor: minor)
  }

  /// `MAJOR:MINOR`.
  public var description: String { "\(major):\(minor)" }

  /// The kernel's name of it, as `sda`; nil if there is no such device.
  public var name: String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let count = readlink("\(Self.devices)/\(self)", base, buffer.count)
      guard count > 0 else { return nil }
      let target = buffer[..<count].map { UInt8(bitPattern: $0) }
      return target.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// The folder with a link for every device (sysfs-block).
  static let devices = "/sys/dev/block"

  /// The whole disk that a file lies on, or is. nil if it lies on no block device that could be told: in memory, on the
  /// network, or on a file system of several disks, which has a number of its own that belongs to no driver.
  public static func holding(_ path: String) -> BlockDevice? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let number = status.st_mode & S_IFMT == S_IFBLK ? status.st_rdev : status.st_dev
    return BlockDevice(number: number).wholeDisk()
  }

  /// From a `dev_t`, in the C library's layout (sys/sysmacros.h).
  init(number: dev_t) {
    let number = UInt64(number)
    major = UInt32(truncatingIfNeeded: (number >> 8) & 0xfff | (number >> 32) & 0xffff_f000)
    minor = UInt32(truncatingIfNeeded: number & 0xff | (number >> 12) & 0xffff_ff00)
  }

  /// The disk of a partition, itself if it is no partition, nil if there is no such device.
  /// - Parameter devices: a folder as `BlockDevice.devices`.
  func wholeDisk(devices: String = Self.devices) -> BlockDevice? {
    let place = "\(devices)/\(self)"
    guard Files.exists(place) else { return nil }
    guard Files.exists(place + "/partition") else { return self }
    // The link leads into the folder of the disk.
    guard let text = try? Files.readText(place + "/../dev") else { return nil }
    return BlockDevice(text: text.prefix { !$0.isWhitespace })
  }
}
