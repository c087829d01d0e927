/// What a file is, by its first bytes.
package enum ImageKind: String, CaseIterable, Sendable {
  case empty, qcow2, qcow1, vmdk, vdi, vhd, vhdx, qed, parallels, gzip, xz, zstd, bzip2, zip, sevenZip
  /// None of these; so is what a guest writes to its disk, an encrypted file system with it.
  case other

  /// Bytes of the file that are looked at; less if the file is shorter.
  package static let length = 512

  /// Signatures with their offsets: qemu's block/*.c and docs/interop, file(1)'s magic.
  private static let signatures: [(kind: ImageKind, offset: Int, bytes: [UInt8])] = [
    (.qcow1, 0, [0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1]),
    (.qcow2, 0, [0x51, 0x46, 0x49, 0xfb]),
    (.vmdk, 0, Array("KDMV".utf8)), (.vmdk, 0, Array("COWD".utf8)),
    (.vmdk, 0, Array("# Disk DescriptorFile".utf8)),
    (.vdi, 64, [0x7f, 0x10, 0xda, 0xbe]),
    (.vhd, 0, Array("conectix".utf8)), (.vhdx, 0, Array("vhdxfile".utf8)),
    (.qed, 0, Array("QED\0".utf8)),
    (.parallels, 0, Array("WithoutFreeSpace".utf8)), (.parallels, 0, Array("WithouFreSpacExt".utf8)),
    (.gzip, 0, [0x1f, 0x8b, 0x08]),
    (.xz, 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    (.zstd, 0, [0x28, 0xb5, 0x2f, 0xfd]),
    (.bzip2, 0, Array("BZh".utf8)),
    (.zip, 0, Array("PK\u{3}\u{4}".utf8)),
    (.sevenZip, 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  ]

  /// Looks at the first `length` bytes of a file.
  package init(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      self = .empty
      return
    }
    let match = Self.signatures.first { signature in bytes.dropFirst(signature.offset).starts(with: signature.bytes) }
    self = match?.kind ?? .other
  }

  /// As in "it is …".
  package var words: String {
    switch self {
    case .empty: "empty (0 bytes)"
    case .qcow2: "a qcow2 image"
    case .qcow1: "an image of the old format qcow (version 1)"
    case .vmdk: "a VMDK image"
    case .vdi: "a VDI image"
    case .vhd: "a VHD image"
    case .vhdx: "a VHDX image"
    case .qed: "a QED image"
    case .parallels: "a Parallels image"
    case .gzip: "compressed with gzip"
    case .xz: "compressed with xz"
    case .zstd: "compressed with zstd"
    case .bzip2: "compressed with bzip2"
    case .zip: "a zip archive"
    case .sevenZip: "a 7z archive"
    case .other: "no image of a known format"
    }
  }

  /// How it becomes what a hypervisor takes; empty for what needs nothing, or cannot be helped.
  package func remedy(_ path: String) -> String {
    switch self {
    case .empty: "bring the whole file: its download or copy may have ended early"
    case .qcow2, .other: ""
    case .qcow1: convert("qcow", path)
    case .vmdk, .vdi, .vhdx, .qed, .parallels: convert(rawValue, path)
    case .vhd: convert("vpc", path)
    case .gzip: "unpack it: gunzip \(path)"
    case .xz: "unpack it: unxz \(path)"
    case .zstd: "unpack it: unzstd \(path)"
    case .bzip2: "unpack it: bunzip2 \(path)"
    case .zip: "unpack it: unzip \(path)"
    case .sevenZip: "unpack it: 7z x \(path)"
    }
  }

  private func convert(_ format: String, _ path: String) -> String {
    "convert it: qemu-img convert -f \(format) -O qcow2 \(path) NEW.qcow2"
  }
}
