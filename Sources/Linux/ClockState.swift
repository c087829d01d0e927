import CLinux

extension Clock {
  /// Whether something keeps CLOCK_REALTIME in step (adjtimex(2), STA_UNSYNC); nil if the kernel does not say.
  public static var isKeptInStep: Bool? {
    var synchronised: Int32 = 0
    return clinux_clock_state(&synchronised) == 0 ? synchronised == 1 : nil
  }
}
