import Foundation
import Testing

@testable import Failure
@testable import NodeCore
@testable import NodeDiagnosis

/// Certificates that end are said before they do.
@Suite struct CertificateChecksTests {
  @Test(arguments: [(400.0, Check.Level.ok), (29, .warn), (-1, .fail)])
  func theFirstEndCounts(_ days: Double, _ level: Check.Level) {
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let check = CertificateChecks.judge(
      [(what: "/a.pem", end: now + 500 * 86_400), (what: "/b.pem", end: now + days * 86_400)], now: now)
    #expect(check.level == level && check.found.contains(level == .ok ? "all hold until 2028-" : "/b.pem"), "\(check)")
    #expect(check.fix.isEmpty == (level == .ok))
  }

  @Test(arguments: ["Listen=off", "Listen=off\nPlaintext=operator"]) func offIsOff(_ lines: String) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "off-\(UUID()).conf").path
    try Data("[API]\nCertificate=/no/such.pem\n\(lines)\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(CertificateChecks.look(try Settings.load(path).api, now: Date()).level == .unused)
  }

  @Test func nothingIsSaid() { #expect(CertificateChecks.judge([], now: Date()).level == .warn) }
}
