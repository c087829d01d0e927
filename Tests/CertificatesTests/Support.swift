import Access
import Crypto
import Failure
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Certificates

/// Noon, with a second that every certificate's time can say.
let noon = Date(timeIntervalSince1970: 1_800_014_400)
let day = CertificateMaking.day

/// An authority in memory, for certificates that the real one does not make.
struct TestAuthority: Sendable {
  let own: AuthorityKey

  init(_ name: String = "Test authority", days: Int = 3650, now: Date = noon) throws {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    let certificate = try CertificateMaking.authority(
      name: name, days: days, key: key, serial: SerialText.random(), now: now)
    own = AuthorityKey(certificate: certificate, key: key)
  }

  var pem: String { get throws { try own.certificate.pem() } }

  /// A proper one, as `tls issue` makes it.
  func leaf(
    _ role: Role = .operator, _ name: String = "alice", hosts: [String] = [], days: Int = 365, now: Date = noon
  ) throws -> Certificate {
    try CertificateMaking.leaf(
      CertificateOrder(role: role, name: name, days: days), hosts: hosts.compactMap { HostName($0) },
      key: Certificate.PrivateKey(P256.Signing.PrivateKey()).publicKey, serial: SerialText.random(), by: own, now: now)
  }

  /// Any other.
  func leaf(
    subject: DistinguishedName, key: Certificate.PublicKey? = nil,
    @ExtensionsBuilder extensions: () throws -> Result<Certificate.Extensions, any Error>
  ) throws -> Certificate {
    try Certificate(
      version: .v3, serialNumber: SerialText.random(),
      publicKey: key ?? Certificate.PrivateKey(P256.Signing.PrivateKey()).publicKey,
      notValidBefore: noon - day, notValidAfter: noon + day, issuer: own.certificate.subject, subject: subject,
      extensions: try Certificate.Extensions(builder: extensions), issuerPrivateKey: own.key)
  }

  func list(_ revoked: [String: Date] = [:], number: [UInt8] = [1], now: Date = noon) throws -> SignedRevocationList {
    try CertificateMaking.list(revoked, number: number, by: own, now: now)
  }

  /// Trusts this one.
  func trust(_ list: SignedRevocationList? = nil) throws -> Trust {
    try Trust(authorities: pem, revoked: list?.pem)
  }
}

/// Runs `body`, which must be refused, and gives the failure.
func refusal(_ body: () async throws -> Void, at place: SourceLocation = #_sourceLocation) async -> Failure? {
  do { try await body() } catch let failure as Failure { return failure } catch {
    Issue.record("\(error)", sourceLocation: place)
    return nil
  }
  Issue.record("nothing was refused", sourceLocation: place)
  return nil
}

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "certificates-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ text: String) throws -> String {
    let file = path + "/" + name
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    return file
  }

  /// All files below it, with their permissions.
  func files() throws -> [String: Int] {
    var modes: [String: Int] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
      guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
      modes[name] = attributes[.posixPermissions] as? Int
    }
    return modes
  }
}

/// The program that others make and check certificates with.
enum OpenSSL {
  /// Runs it; its output, both kinds.
  @discardableResult
  static func run(_ arguments: String..., status: Int32 = 0) throws -> String {
    try run(arguments, status: status)
  }

  @discardableResult
  static func run(_ arguments: [String], status: Int32 = 0) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == status, "openssl \(arguments.joined(separator: " ")): \(text)")
    return text
  }
}
