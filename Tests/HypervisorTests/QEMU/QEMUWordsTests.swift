import Testing

@testable import HypervisorQEMU

/// What QEMU says is said on with the path of the image, and without what only QEMU knows.
@Suite struct QEMUWordsTests {
  private static let images = [1: "/i/one.img", 10: "/i/ten.qcow2", 11: "/i/11.img"]

  @Test func jsonAndNumbersGo() {
    for (line, plain) in [
      (
        #"qemu-system-x86_64: -blockdev {"driver":"qcow2","node-name":"disk0","file":{"filename":"/dev/fdset/10"}}: "#
          + "qcow2: Image is corrupt; cannot be opened read/write",
        "qcow2: Image is corrupt; cannot be opened read/write"
      ),
      (
        "qemu-system-x86_64: Could not open '/dev/fdset/10': Permission denied",
        "Could not open '/i/ten.qcow2': Permission denied"
      ),
      ("qemu-system-x86_64: /proc/self/fd/1: too short", "/i/one.img: too short"),
      ("qemu: could not load kernel '/proc/self/fd/11': no such", "could not load kernel '/i/11.img': no such"),
      (#"qemu-system-x86_64: -device {"driver":"x","a":{"b":1}}: no slot"#, "no slot"),
      (#"qemu-system-x86_64: -object {"qom-type":"x"}: exists"#, "exists"),
      ("/dev/fdset/12: is nobody's", "/dev/fdset/12: is nobody's"),
      ("words of another program", "words of another program"),
      ("", ""), ("qemu", "qemu"), (#"-blockdev {"never ends"#, #"-blockdev {"never ends"#),
    ] { #expect(QEMUWords.plain(line, Self.images) == plain) }
  }

  @Test func theLockedImageIsFound() {
    let numbers = Array(Self.images.keys)
    let asked = "Is another process using the image [/dev/fdset/10]?"
    #expect(QEMUWords.lockedImage("Failed to get \"write\" lock: \(asked)", numbers) == 10)
    #expect(
      QEMUWords.lockedImage("lock: Is another process using the image [/dev/fdset/1]?", numbers) == 1)
    for line in [
      "", asked, "Failed to get lock", "block [/dev/fdset/1]",
      "lock: Is another process using the image [/dev/fdset/2]?",
    ] {
      #expect(QEMUWords.lockedImage(line, numbers) == nil, "\(line)")
    }
  }
}
