import Failure
import Glibc
import Linux
import Text

/// The host's huge pages of the usual size, as the kernel counts them (Documentation/admin-guide/mm/hugetlbpage.rst).
struct HugePages: Hashable, Sendable {
  /// Bytes of one.
  var size: UInt64
  /// How many there are.
  var total: UInt64
  /// How many of them nobody has.
  var free: UInt64
  /// How many of the free ones somebody was promised.
  var reserved: UInt64

  /// A host without any.
  static let none = HugePages(size: 2 << 20, total: 0, free: 0, reserved: 0)

  /// Bytes of all of them.
  var bytes: UInt64 { Self.product(total, size) }
  /// How many can be had now.
  private var available: UInt64 { free - min(free, reserved) }

  /// Those of this host.
  static func read() -> HugePages {
    let size = MemoryInfo.read()["Hugepagesize"] ?? none.size
    func count(_ name: String) -> UInt64 {
      let text = try? Files.readText("/sys/kernel/mm/hugepages/hugepages-\(size >> 10)kB/\(name)")
      return text.flatMap { UInt64($0.filter { !$0.isWhitespace }) } ?? 0
    }
    return HugePages(
      size: size, total: count("nr_hugepages"), free: count("free_hugepages"), reserved: count("resv_hugepages"))
  }

  /// Says why a VM cannot have its memory of them; nil permits it.
  /// - Parameters:
  ///   - memory: bytes of the VM.
  ///   - committed: bytes of all others that are on.
  func refusal(_ memory: UInt64, name: String, committed: UInt64) -> Failure? {
    guard memory > 0 else { return nil }
    let (count, rest) = memory.quotientAndRemainder(dividingBy: size)
    func refused(_ code: Failure.Code, _ cause: String, _ remedy: String) -> Failure {
      Failure(
        code, part: .limit, operation: "start", object: "\(name): memoryHugepages", cause: cause, remedy: remedy)
    }
    guard rest == 0 else {
      return refused(
        .invalid, "\(Amount.text(memory)) are no whole huge pages of \(Amount.text(size)) each",
        "choose a multiple of \(Amount.text(size)) as memory, or remove memoryHugepages")
    }
    // Pages of VMs that are on count though they may not have taken them yet.
    let left = total - min(total, Self.pages(committed, size))
    let room = min(left, available)
    guard count > room else { return nil }
    let missing = count - room
    let wanted = total.addingReportingOverflow(missing)
    return refused(
      .exhausted,
      "it needs \(count) huge pages of \(Amount.text(size)) each; the host has \(total), of which \(room) can be had",
      "as root: sysctl vm.nr_hugepages=\(wanted.overflow ? .max : wanted.partialValue), stop other VMs that have some, or "
        + "remove memoryHugepages")
  }

  private static func pages(_ bytes: UInt64, _ size: UInt64) -> UInt64 { bytes / size + (bytes % size == 0 ? 0 : 1) }

  private static func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }
}

extension Capacity {
  /// What is left when huge pages are set aside.
  func without(_ pages: HugePages) -> Capacity {
    var rest = self
    rest.memory -= min(memory, pages.bytes)
    return rest
  }
}
