import VMSpec

/// Memory in which QEMU's translator keeps the code that it has made.
///
/// It is bounded on purpose: by default it may grow to an eighth of the host's memory, 1 GiB at most (QEMU,
/// `tcg/region.c`), and a guest fills it by running much code. What can be limited has to be known.
package enum TranslationCache {
  /// Bytes for a guest with `memory` bytes: half of them, at least 64 MiB, at most QEMU's own 1 GiB.
  ///
  /// When it is full it is emptied and filled again, so too small only means slow. A Linux kernel's boot to its login fills
  /// less than 50 MiB (measured).
  package static func size(guestMemory memory: UInt64) -> UInt64 {
    min(max(memory / 2 / Size.mebi * Size.mebi, 64 * Size.mebi), 1024 * Size.mebi)
  }
}
