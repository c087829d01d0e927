import Foundation
import Linux
import Testing

extension Rig {
  var apiSocket: String { folder + "/run/vmsupervisor.sock" }

  /// What a program in a guest prints.
  func inGuest(_ vm: String, _ script: String) async -> String {
    await cli("exec", vm, "--", "sh", "-c", script).output
  }

  /// Names of the guest's virtio disks with their serial numbers: `vda=data`.
  func guestDisks(_ vm: String) async -> [String: String] {
    let text = await inGuest(vm, "for d in /sys/block/vd*; do [ -e $d ] && echo ${d##*/} $(cat $d/serial); done")
    let pairs = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.filter { $0.count == 2 }
    return Dictionary(pairs.map { ($0[1], $0[0]) }, uniquingKeysWith: { a, _ in a })
  }

  /// Names in `disk list`.
  func disks(_ vm: String) async -> [String] {
    await ok("disk", "list", vm, "--output", "name").split(separator: "\n").map(String.init)
  }

  /// The path of a VM's record.
  func record(_ vm: String) async -> String { folder + "/lib/vms/\(await status(vm).id)/vm.json" }

  /// Changes a record while nobody has it in memory.
  func rewrite(_ path: String, _ change: (inout [String: Any]) -> Void) throws {
    let text = try Files.read(path)
    var whole = try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
    change(&whole)
    var facts = stat()
    stat(path, &facts)
    let new = try JSONSerialization.data(withJSONObject: whole)
    try Files.replace(path, with: Array(new))
    chown(path, facts.st_uid, facts.st_gid)
  }

  /// An image of that size that begins with `text`.
  func isoImage(_ name: String, _ text: String, size: Int = 1 << 20) throws {
    let bytes = Array(text.utf8)
    try Files.replace(image(name), with: bytes + [UInt8](repeating: 0, count: size - bytes.count), mode: 0o644)
    chmod(image(name), 0o644)
  }
}
