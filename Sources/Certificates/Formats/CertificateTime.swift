import FoundationEssentials
import Glibc
import SwiftASN1

/// A time in a certificate or a list: UTC, to the second (RFC 5280, sections 4.1.2.5 and 5.1.2.4).
struct CertificateTime: Hashable, Sendable {
  let date: Date

  init(_ date: Date) { self.date = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down)) }

  /// `2027-11-21T03:04:05Z`.
  static func text(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle()) }

  /// The calendar's parts as a date; nil for a second that no minute has.
  private init?(_ year: Int, _ month: Int, _ day: Int, _ hours: Int, _ minutes: Int, _ seconds: Int) {
    guard (0..<60).contains(seconds) else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(hours), Int32(minutes), Int32(seconds))
    date = Date(timeIntervalSince1970: Double(timegm(&parts)))
  }
}

extension CertificateTime: DERParseable, DERSerializable {
  /// What stands in the place of a `Time`.
  static let identifiers: Set<ASN1Identifier> = [.utcTime, .generalizedTime]

  init(derEncoded node: ASN1Node) throws {
    let read: CertificateTime?
    if node.identifier == .utcTime {
      let time = try UTCTime(derEncoded: node)
      read = CertificateTime(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
    } else {
      let time = try GeneralizedTime(derEncoded: node)
      let isWhole = time.rawFractionalSeconds.isEmpty
      read =
        isWhole ? CertificateTime(time.year, time.month, time.day, time.hours, time.minutes, time.seconds) : nil
    }
    guard let read else { throw ASN1Error.invalidASN1Object(reason: "no time of RFC 5280") }
    self = read
  }

  func serialize(into coder: inout DER.Serializer) throws {
    guard var seconds = time_t(exactly: date.timeIntervalSince1970) else {
      throw ASN1Error.invalidASN1Object(reason: "no time of RFC 5280")
    }
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
    let (hours, minutes, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
    if (1950..<2050).contains(year) {
      try coder.serialize(
        UTCTime(year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: second))
    } else {
      try coder.serialize(
        GeneralizedTime(
          year: year, month: month, day: day, hours: hours, minutes: minutes, seconds: second, fractionalSeconds: 0))
    }
  }
}
