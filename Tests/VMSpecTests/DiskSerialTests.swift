import Failure
import Testing

@testable import VMSpec

/// No two disks of a guest have one serial number, and none has the name of another one's.
@Suite struct DiskSerialTests {
  private let port = DeviceAddresses.Address(number: 3, port: 1)

  private func serial(_ name: String?) -> String { DiskSerial.text(DiskSpec(name: name, size: 1), port) }

  @Test func shortNamesAreAsTheyAre() {
    #expect(serial("data") == "data" && serial("twenty-bytes-exactly") == "twenty-bytes-exactly")
    #expect(serial(nil) == "disk3" && serial("disk7") == "disk3" && serial("cidata") == "disk3")
    #expect(serial("disk07") == "disk07" && serial("disk+7") == "disk+7")
    #expect(serial("disk-7") == "disk-7" && serial("disk-") == "disk-")
    #expect(DiskSerial.text(DiskSpec(name: "data", size: 1), .init(number: 2)) == "disk2", "on the board")
  }

  @Test func longNamesThatBeginAlikeDiffer() {
    let (a, b) = (
      serial("pvc-7286dfe6-7c44-4057-a8f4-362cc1e7468c"), serial("pvc-7286dfe6-7c44-4057-9999-362cc1e7468c")
    )
    #expect(a != b && a.utf8.count <= 20 && b.utf8.count <= 20 && a.hasPrefix("pvc-7286dfe"), "\(a) \(b)")
    #expect(a == serial("pvc-7286dfe6-7c44-4057-a8f4-362cc1e7468c"), "the same at every start")
    let all = Set((0..<5000).map { serial("a-long-name-for-a-volume-\($0)") })
    #expect(all.count == 5000)
  }

  @Test func aBorrowedNameIsRefused() throws {
    let document =
      "name: a\nmemory: 64MiB\nboot: {kernel: k}\ndisks:\n- name: disk1\n  size: 1MiB\n- name: b\n  size: 1MiB\n"
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(document) }
    #expect(failure.object == "disks[0].name (line 5)" && failure.cause.contains("another disk"), "\(failure)")
    #expect(failure.remedy.contains("choose a name"))
    let own = "name: a\nmemory: 64MiB\nboot: {kernel: k}\ndisks: [{name: disk0, size: 1MiB}, {size: 1MiB}]"
    #expect(try VMSpec.parse(own).disks.count == 2)
    #expect(try VMSpec.parse(own.replacing("disk0", with: "disk-17")).disks.count == 2)
  }

  @Test func equalSerialsAreRefused() {
    let long = "a-name-of-more-than-20-bytes"
    let disks = [DiskSpec(name: long, size: 1), DiskSpec(name: serial(long), size: 1)]
    let places = [port, DeviceAddresses.Address(number: 4, port: 2)]
    #expect(DiskSerial.trouble(1, of: disks, at: places)?.cause.contains("of two disks") == true)
    let other = [disks[0], DiskSpec(name: "other", size: 1)]
    #expect(DiskSerial.trouble(1, of: other, at: places) == nil)
  }
}
