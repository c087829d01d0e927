import Failure
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import Storage
@testable import VMSpec

@Suite struct AcceleratorTests {
  struct Row: Sendable {
    var request: AcceleratorRequest
    /// descriptor, path, processor flag.
    var facts: (Bool, Bool, Bool)
    var hasDevice: Bool
    var result: Accelerator?
    var warning: String
  }

  static let rows = [
    Row(request: .tcg, facts: (true, true, true), hasDevice: true, result: .tcg, warning: ""),
    Row(request: .auto, facts: (true, true, true), hasDevice: true, result: .kvm(.descriptor), warning: ""),
    Row(request: .auto, facts: (true, false, true), hasDevice: true, result: .kvm(.descriptor), warning: ""),
    Row(request: .auto, facts: (true, true, true), hasDevice: false, result: .kvm(.path), warning: ""),
    Row(request: .auto, facts: (false, true, true), hasDevice: true, result: .kvm(.path), warning: ""),
    Row(request: .auto, facts: (true, false, true), hasDevice: false, result: .tcg, warning: "takes no KVM descriptor"),
    Row(request: .auto, facts: (false, false, true), hasDevice: true, result: .tcg, warning: "handed out no /dev/kvm"),
    Row(request: .auto, facts: (true, true, false), hasDevice: true, result: .tcg, warning: "neither vmx nor svm"),
    Row(request: .kvm, facts: (true, true, true), hasDevice: true, result: .kvm(.descriptor), warning: ""),
    Row(
      request: .kvm, facts: (false, true, false), hasDevice: true, result: .kvm(.path), warning: "hang on such a KVM"),
    Row(request: .kvm, facts: (true, false, true), hasDevice: false, result: nil, warning: ""),
    Row(request: .kvm, facts: (false, false, true), hasDevice: true, result: nil, warning: ""),
  ]

  @Test(arguments: rows.indices)
  func table(index: Int) throws {
    let row = Self.rows[index]
    let host = HostKVM(hasDescriptor: row.facts.0, opensByPath: row.facts.1, hasVirtualization: row.facts.2)
    let features = QEMUFeatures(version: QEMUVersion(row.hasDevice ? 9 : 7, 2), hasKVMDevice: row.hasDevice)
    guard let result = row.result else {
      let failure = try #require(throws: Failure.self) {
        try AcceleratorChoice.choose(row.request, host: host, features: features.capabilities)
      }
      #expect(failure.code == .unsupported)
      for remedy in ["QEMU 9.0", "group kvm", "accel: tcg"] { #expect(failure.remedy.contains(remedy)) }
      return
    }
    let choice = try AcceleratorChoice.choose(row.request, host: host, features: features.capabilities)
    #expect(choice.accelerator == result)
    #expect((choice.warning == nil) == row.warning.isEmpty)
    if !row.warning.isEmpty { #expect(choice.warning?.sentence.contains(row.warning) == true) }
  }

  @Test func tcgHasRoomFor255() throws {
    let host = HostKVM(hasDescriptor: false, opensByPath: true, hasVirtualization: true)
    let features = QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false)
    let failure = try #require(throws: Failure.self) {
      try AcceleratorChoice.choose(.tcg, vcpus: 256, host: host, features: features.capabilities)
    }
    #expect(failure.code == .unsupported && failure.remedy.contains("255"))
    #expect(
      try AcceleratorChoice.choose(.tcg, vcpus: 255, host: host, features: features.capabilities).accelerator == .tcg)
    #expect(
      try AcceleratorChoice.choose(.auto, vcpus: 256, host: host, features: features.capabilities).accelerator
        == .kvm(.path))
  }

  @Test func otherArchitecturesNeedNoFlag() throws {
    let host = HostKVM(hasDescriptor: false, opensByPath: true, hasVirtualization: false, architecture: .other)
    let features = QEMUFeatures(version: QEMUVersion(7, 2), hasKVMDevice: false)
    #expect(try AcceleratorChoice.choose(.auto, host: host, features: features.capabilities).accelerator == .kvm(.path))
  }
}

@Suite struct FeatureTests {
  @Test func debian12() throws {
    let text = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c) 2003-2022"
    let features = try QEMUFeatures.parse(version: text, help: "igd-passthru=on|off\n")
    #expect(features == QEMUFeatures(version: QEMUVersion(7, 2, 22), hasKVMDevice: false))
  }

  @Test func newer() throws {
    let help = "                device=path (KVM device path, default /dev/kvm)\n"
    let features = try QEMUFeatures.parse(version: "QEMU emulator version 10.0.13", help: help)
    #expect(features == QEMUFeatures(version: QEMUVersion(10, 0, 13), hasKVMDevice: true))
  }

  @Test(arguments: ["", "bash 5.2", "QEMU emulator version x", "QEMU emulator version 6.2.0"])
  func othersAreRefused(text: String) {
    #expect(throws: Failure.self) { try QEMUFeatures.parse(version: text, help: "") }
  }

  @Test func theRealOneIsRead() async throws {
    let features = try await QEMUFeatures.probe(executable: "/usr/bin/qemu-system-x86_64")
    #expect(features.version >= QEMUFeatures.oldest)
    #expect(features.hasKVMDevice == (features.version >= QEMUVersion(9, 0)))
  }

  @Test func aMissingBinaryHasARemedy() async throws {
    let failure = try await #require(throws: Failure.self) {
      _ = try await QEMUFeatures.probe(executable: "/nonexistent/qemu")
    }
    #expect(failure.code == .notFound && failure.remedy.contains("install"))
  }
}

@Suite struct ImageHeaderTests {
  private func image(version: UInt8 = 3, backing: UInt8 = 0, features: UInt8 = 0) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: ImageHeader.length)
    bytes.replaceSubrange(0..<4, with: [0x51, 0x46, 0x49, 0xfb])
    bytes[7] = version
    bytes[15] = backing
    bytes[23] = 16
    bytes[79] = features
    return bytes
  }

  @Test func wholeImagesPass() throws {
    try ImageHeader.check(image(), format: .qcow2, path: "a")
    try ImageHeader.check(image(version: 2, features: 4), format: .qcow2, path: "a")
    try ImageHeader.check([0], format: .raw, path: "a")
  }

  @Test func imagesThatNameOtherFilesAreRefused() {
    for bytes in [image(backing: 1), image(features: 4), image(version: 9), [], Array("QFI".utf8)] {
      #expect(throws: Failure.self) { try ImageHeader.check(bytes, format: .qcow2, path: "a") }
    }
  }
}
