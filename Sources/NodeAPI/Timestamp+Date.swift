public import FoundationEssentials
public import SwiftProtobuf

extension Google_Protobuf_Timestamp {
  /// The same instant, in whole nanoseconds.
  public init(_ date: Date) {
    self.init()
    let time = date.timeIntervalSince1970
    seconds = Int64(time.rounded(.down))
    nanos = Int32((time - time.rounded(.down)) * 1e9)
  }

  /// Seconds since 1970.
  public var seconds1970: Double { Double(seconds) + Double(nanos) / 1e9 }
}
