import Glibc

/// The words of the command line, for programs that run confined.
public enum Words {
  /// As the kernel has put them on the stack: their number, the words, NULL, then the environment (System V ABI for AMD64,
  /// 3.4.1). `CommandLine.arguments` reads `/proc/self/cmdline`, which a confined process cannot open.
  public static let all: [String] = {
    var words: [String] = []
    var place = environ - 2
    while Int(bitPattern: place.pointee) != words.count, let word = place.pointee {
      words.insert(String(cString: word), at: 0)
      place -= 1
    }
    return words
  }()

  /// The answer to `-device help`, as far as anybody asks.
  public static let devices = [
    "virtio-blk-pci", "virtio-scsi-pci", "scsi-hd", "ich9-ahci", "ide-hd", "nvme", "virtio-net-pci", "e1000", "e1000e",
    "rtl8139",
  ].map { "name \"\($0)\", bus PCI\n" }.joined()
}
