import Foundation
import Linux
import Logging
import Testing

@testable import NodeCore

@Suite struct JournalTests {
  /// What stands in a datagram of journald's protocol.
  private static func fields(_ bytes: [UInt8]) -> [String: String] {
    var fields: [String: String] = [:]
    var rest = bytes[...]
    while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\n") }) {
      let name = String(decoding: rest[..<end], as: UTF8.self)
      let isBinary = rest[end] == UInt8(ascii: "\n")
      rest = rest[(end + 1)...]
      var length = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 - rest.startIndex } ?? rest.count
      if isBinary {
        length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(8)
      }
      fields[name] = String(decoding: rest.prefix(length), as: UTF8.self)
      rest = rest.dropFirst(length + 1)
    }
    return fields
  }

  @Test func encodesFields() {
    let bytes = JournalSocket.entry([("MESSAGE", "a=b"), ("vm-id", "1"), ("WORDS", "two\nlines")])
    #expect(Self.fields(bytes) == ["MESSAGE": "a=b", "VM_ID": "1", "WORDS": "two\nlines"])
    #expect(String(decoding: bytes.prefix(12), as: UTF8.self) == "MESSAGE=a=b\n")
  }

  @Test(arguments: [("VM_ID", "VM_ID"), ("_PID", "PID"), ("9lives", "LIVES"), ("a b", "A_B"), ("", "FIELD")])
  func makesNamesThatJournaldTakes(_ given: String, _ name: String) {
    #expect(Self.fields(JournalSocket.entry([(given, "x")])).keys.first == name)
  }

  @Test func linesAboutAVMHaveItsFields() throws {
    let folder = "/tmp/journal-\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder)
    defer { try? Files.removeFolder(folder) }
    let socket = Descriptor(owning: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array((folder + "/socket").utf8)) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket.raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    let log = Logger(label: "test", factory: { _ in JournalHandler(socket: folder + "/socket") })
    log.warning("its monitor is away\nand more", metadata: ["VM_ID": "1-2", "VM_NAME": "web"])
    var buffer = [UInt8](repeating: 0, count: 4096)
    let got = recv(socket.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    let fields = Self.fields(Array(buffer.prefix(max(0, got))))
    #expect(
      fields == [
        "MESSAGE": "its monitor is away\nand more", "PRIORITY": "4", "SYSLOG_IDENTIFIER": "vmsupervisor",
        "VM_ID": "1-2",
        "VM_NAME": "web",
      ])
  }
}
