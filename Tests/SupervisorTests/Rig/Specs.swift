import Foundation
import Linux
import Testing

@testable import NodeCore

extension Rig {
  /// The usual command line of a guest's kernel: it does without what no test looks at, its tests of ciphers, its
  /// certificates and its tracing. They are a fifth of a boot on the translator (measured: 3.1 to 2.5 s of a processor).
  static let plain =
    "quiet cryptomgr.notests initcall_blacklist=crypto_kdf108_init,load_system_certificate_list,init_kprobe_trace"

  /// A specification that boots the test guest.
  func guestSpec(_ name: String, cmdline: String = plain, extra: String = "nics: [{network: default}]") -> String {
    """
    name: \(name)
    memory: 128MiB
    boot:
      kernel: \(image("vmlinuz"))
      initrd: \(image("initrd.gz"))
      cmdline: \(cmdline)
    \(extra)

    """
  }

  /// A specification without a guest worth the name: firmware that finds a disk it cannot boot. Starts in 100 ms.
  func bareSpec(_ name: String, extra: String = "") -> String {
    """
    name: \(name)
    memory: 16MiB
    disks: [{name: root, size: 1MiB, format: raw}]
    \(extra)

    """
  }

  /// Starts a guest and waits for its agent.
  func boot(_ name: String, cmdline: String = plain, extra: String = "nics: [{network: default}]") async {
    await ok("create", "-f", "-", "--start", input: guestSpec(name, cmdline: cmdline, extra: extra))
    await ok("wait", name, "--state", "agent", "--timeout", "90")
  }

  /// What `status NAME --output json` says.
  func status(_ name: String) async -> VMStatus {
    let text = await cli("status", name, "--output", "json").output
    let whole = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    return VMStatus(fields: ((whole?["vms"] as? [[String: Any]])?.first) ?? [:])
  }

  /// A disk whose boot sector says `text` on the serial port, and stops.
  func bootableDisk(_ name: String, saying text: String) throws {
    // xor ax,ax; mov ds,ax; mov dx,0x3f8; mov si,0x7c16; cld; l: lodsb; or al,al; jz h; out dx,al; jmp l; h: hlt; jmp h
    var sector: [UInt8] = [
      0x31, 0xC0, 0x8E, 0xD8, 0xBA, 0xF8, 0x03, 0xBE, 0x16, 0x7C, 0xFC, 0xAC, 0x08, 0xC0, 0x74, 0x03, 0xEE, 0xEB, 0xF8,
      0xF4, 0xEB, 0xFD,
    ]
    sector += Array(text.utf8) + [0]
    sector += [UInt8](repeating: 0, count: 510 - sector.count) + [0x55, 0xAA]
    try Files.replace(image(name), with: sector + [UInt8](repeating: 0, count: (1 << 20) - 512), mode: 0o666)
    chmod(image(name), 0o666)
  }
}

/// A VM in the command line's JSON.
struct VMStatus: @unchecked Sendable {
  // Proof of Sendable: the values come from JSONSerialization, are immutable, and nothing else has them.
  let fields: [String: Any]

  var state: String { fields["state"] as? String ?? "" }
  var pid: Int32 { Int32(fields["pid"] as? Int ?? 0) }
  var id: String { fields["id"] as? String ?? "" }
  var incarnation: String { fields["incarnation"] as? String ?? "" }
  var addresses: [String] { fields["addresses"] as? [String] ?? [] }
  var address: String { addresses.first ?? "" }
  var cause: String { (fields["why"] as? [String: Any])?["cause"] as? String ?? "" }
  /// `PART: CAUSE; REMEDY` of each.
  var warnings: [String] {
    (fields["warnings"] as? [[String: Any]] ?? []).map { warning in
      let text = "\(warning["part"] as? String ?? ""): \(warning["cause"] as? String ?? "")"
      let remedy = warning["remedy"] as? String ?? ""
      return remedy.isEmpty ? text : "\(text); \(remedy)"
    }
  }
  var remedy: String { (fields["why"] as? [String: Any])?["remedy"] as? String ?? "" }
}
