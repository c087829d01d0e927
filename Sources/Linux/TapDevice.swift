import CLinux

/// Operations on TAP interfaces through `/dev/net/tun` (linux/if_tun.h). Everything but `open` takes an attached
/// descriptor.
public enum TapDevice {
  /// Attaches to the TAP of that name, one queue with virtio-net headers, or makes one that lasts as long as the descriptor.
  /// - Throws: EBUSY if somebody holds it.
  public static func open(_ name: String) throws(Errno) -> Descriptor {
    Descriptor(owning: try Errno.check(clinux_tap_open(name, clinux_tap_flags())))
  }

  /// Attaches and lets go again, without the carrier that an attached descriptor gives: nobody hears of it.
  /// - Throws: EBUSY if somebody holds it.
  public static func probe(_ name: String) throws(Errno) {
    _ = Descriptor(owning: try Errno.check(clinux_tap_open(name, clinux_tap_probe_flags())))
  }

  /// Lets the interface outlive its holders.
  public static func makePersistent(_ tap: Int32) throws(Errno) { try Errno.check(clinux_tap_persist(tap, 1)) }

  /// Sets who may attach without CAP_NET_ADMIN. Without an owner that is anybody.
  public static func setOwner(_ tap: Int32, uid: UInt32) throws(Errno) { try Errno.check(clinux_tap_owner(tap, uid)) }

  /// Undoes what a former holder may have set: owner, persistence, header size, offloads, filters.
  public static func reset(_ tap: Int32) throws(Errno) { try Errno.check(clinux_tap_reset(tap)) }

  /// Claims that the carrier is there or not, as any holder may.
  public static func setCarrier(_ tap: Int32, _ on: Bool) throws(Errno) {
    try Errno.check(clinux_tap_carrier(tap, on ? 1 : 0))
  }
}
