import CMnl

/// The sizes of a token bucket (tc-tbf(8)) for a rate.
struct TokenBucketFilter: Hashable {
  /// Bytes per second.
  let rate: UInt64
  /// Bytes that may leave at once: what the rate gives in 4 ms, so that a late timer costs no throughput, and at least
  /// one 64 KiB packet of segmentation offload with the headers of its parts, which would be cut in pieces otherwise.
  let burst: UInt32
  /// Bytes that may wait, the burst and what the rate gives in 50 ms. More is dropped.
  let limit: UInt32

  init(bytesPerSecond rate: UInt64) {
    self.rate = rate
    burst = UInt32(clamping: max(rate / 250, 72 << 10))
    limit = UInt32(clamping: UInt64(burst) + rate / 20)
  }

  func put(_ message: inout MessageBuilder) {
    var options = tc_tbf_qopt()
    options.rate.rate = UInt32(clamping: rate)
    // The kernel computes for this layer by itself; for others it wants a table of times.
    options.rate.linklayer = UInt8(TC_LINKLAYER_ETHERNET.rawValue)
    options.limit = limit
    message.bytes(TCA_TBF_PARMS, options)
    if rate > UInt64(UInt32.max) { message.long(TCA_TBF_RATE64, rate) }
    message.number(TCA_TBF_BURST, burst)
  }

  /// The rate in the options of a token bucket; nil if they hold none.
  static func rate(_ options: AttributeWalk) -> UInt64? {
    var (low, high): (UInt32?, UInt64?) = (nil, nil)
    for option in options {
      switch option.type {
      case TCA_TBF_PARMS: low = option.body(tc_tbf_qopt.self)?.rate.rate
      case TCA_TBF_RATE64: high = option.long
      default: break
      }
    }
    return high ?? low.map { UInt64($0) }
  }
}
