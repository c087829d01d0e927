import Access
import Failure
import Foundation
import Testing
import Text

@testable import NodeCore

/// Section `[API]`.
@Suite struct APISettingsTests {
  private static func settings(_ lines: String) throws -> APISettings {
    let path = FileManager.default.temporaryDirectory.appending(path: "api-\(UUID()).conf").path
    try Data("[API]\n\(lines)\n".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Settings.load(path).api
  }

  @Test func whatNobodyHasSaid() throws {
    let api = try Self.settings("")
    #expect(api.listen == NetworkAddress(host: "127.0.0.1", port: 9090) && api.plaintext == nil)
    #expect(api.files == .usual && !api.isConfigured, "most hosts have no certificates, and that is no fault")
  }

  @Test func whatSomebodyHasSaid() throws {
    #expect(try Self.settings("Listen=off").listen == nil)
    #expect(try Self.settings("Listen=[::]:9090").listen == NetworkAddress(host: "::", port: 9090))
    #expect(try Self.settings("Listen=10.0.0.5").listen?.port == 9090)
    #expect(try Self.settings("Listen=10.0.0.5:1").isConfigured && Self.settings("Key=/k").isConfigured)
    #expect(try Self.settings("Plaintext=operator").plaintext == .operator)
    #expect(try Self.settings("Listen=[::1]:7\nPlaintext=read-only").plaintext == .readOnly)
    #expect(try Self.settings("Listen=off\nPlaintext=operator").plaintext == .operator)
  }

  @Test(arguments: [
    ("Listen=node1:9090", "no IP address"), ("Listen=10.0.0.5:0", "no IP address"),
    ("Plaintext=yes", "none of its values"),
    ("Listen=10.0.0.5:9090\nPlaintext=operator", "need no certificate"),
    ("Listen=[::]:9090\nPlaintext=read-only", "need no"),
    ("Port=9", "no key Port="),
  ])
  func whatIsRefused(_ lines: String, _ cause: String) throws {
    let failure = try #require(throws: Failure.self) { _ = try Self.settings(lines) }
    #expect(failure.code == .invalid && failure.cause.contains(cause) && !failure.remedy.isEmpty, "\(failure)")
  }
}
