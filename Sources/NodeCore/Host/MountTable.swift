/// The mounts of this process, /proc/self/mountinfo (proc_pid_mountinfo(5)).
package enum MountTable {
  /// One file system, where it is mounted.
  package struct Mount: Hashable, Sendable {
    package var device: String
    package var point: String
    package var type: String
  }

  /// More than that are not told: each is looked at for each answer.
  static let most = 64

  /// Types whose files are neither on a device below /dev nor made by the kernel: those of servers, and of pools of disks.
  private static let others: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "lustre", "gfs2", "ocfs2", "9p", "virtiofs", "zfs", "bcachefs",
    "btrfs", "fuse", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.mergerfs",
  ]
  /// Images that are always full.
  private static let images: Set<String> = ["squashfs", "iso9660", "erofs", "cramfs"]

  /// Those that keep data, and the root whatever it is: each device once, where it was mounted first; of what was mounted
  /// over one another the uppermost.
  package static func lasting(_ text: String) -> [Mount] {
    var mounts: [(mount: Mount, id: Substring)] = []
    for line in text.split(separator: "\n") {
      // ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count >= 10, let dash = words.dropFirst(6).firstIndex(of: "-"), dash + 2 < words.count else {
        continue
      }
      let mount = Mount(
        device: plain(words[dash + 2]), point: plain(words[4]), type: String(words[dash + 1]))
      mounts.removeAll { $0.mount.point == mount.point }
      guard isLasting(mount) else { continue }
      mounts.append((mount, words[2]))
    }
    var seen: Set<Substring> = []
    return Array(mounts.filter { seen.insert($0.id).inserted }.map(\.mount).prefix(most))
  }

  private static func isLasting(_ mount: Mount) -> Bool {
    if mount.point == "/" { return true }
    return !images.contains(mount.type)
      && (mount.device.hasPrefix("/dev/") && mount.type != "devtmpfs" || others.contains(mount.type))
  }

  /// A text without its escapes: blanks, ends of lines and backslashes are `\` and three octal digits.
  static func plain(_ text: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    let given = Array(text.utf8)
    var index = 0
    while index < given.count {
      if given[index] == UInt8(ascii: "\\"), index + 3 < given.count {
        let digits = given[(index + 1)...(index + 3)].map { $0 &- UInt8(ascii: "0") }
        if digits.allSatisfy({ $0 < 8 }), digits[0] < 4 {
          bytes.append(digits[0] << 6 | digits[1] << 3 | digits[2])
          index += 4
          continue
        }
      }
      bytes.append(given[index])
      index += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
