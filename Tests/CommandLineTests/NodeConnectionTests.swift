import Failure
import Foundation
import Linux
import Testing

@testable import CommandLine
@testable import NodeClient

/// A daemon that is away is told apart from everything else, at once, and with the remedy.
@Suite struct NodeConnectionTests {
  private static func refusal(_ socket: String) async throws -> Failure {
    let start = ContinuousClock.now
    defer { #expect(start.duration(to: .now) < .seconds(2)) }
    return try await #require(throws: Failure.self) { try await NodeConnection.with(socket: socket) { _ in } }
  }

  @Test func withoutSocket() async throws {
    let failure = try await Self.refusal("/nowhere/vmsupervisor.sock")
    #expect(failure.code == .unavailable && CommandStatus(failure.code) == .daemonAway)
    #expect(failure.object == "/nowhere/vmsupervisor.sock" && failure.remedy.contains("vmsupervisor daemon"))
  }

  @Test func withASocketThatNobodyListensOn() async throws {
    let path = "/tmp/procurator-\(UUID().uuidString).sock"
    defer { unlink(path) }
    do { _ = try UnixSocket.listen(path, .stream, mode: 0o600) }
    let failure = try await Self.refusal(path)
    #expect(failure.code == .unavailable && failure.cause == "nobody listens on it")
  }

  @Test func withoutTheRight() {
    let refusal = Failure(
      .denied, operation: "connect to socket", object: "/x", cause: "Permission denied", errno: EACCES)
    let failure = NodeConnection.explain(refusal, socket: "/x")
    #expect(CommandStatus(failure.code) == .denied && failure.remedy.contains("procurator") && failure.errno == EACCES)
  }
}

@Suite struct SpecificationSourceTests {
  @Test func relativePathsStartWhereTheFileIs() throws {
    let folder = "/tmp/procurator-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("name: a\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/vm.yaml"))
    try Data([0xff, 0xfe]).write(to: URL(fileURLWithPath: "\(folder)/binary"))
    let source = try SpecificationSource(file: "\(folder)/vm.yaml")
    #expect(source.document == "name: a\n" && source.baseDirectory == folder)
    let missing = try #require(throws: Failure.self) { try SpecificationSource(file: "\(folder)/none") }
    #expect(missing.code == .notFound && missing.object == "\(folder)/none")
    #expect(throws: Failure.self) { try SpecificationSource(file: "\(folder)/binary") }
    #expect(throws: Failure.self) { try SpecificationSource(file: folder) }
  }
}
