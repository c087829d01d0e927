import Failure
import Foundation
import NodeAPI
import Seeded
import SwiftProtobuf
import Testing

@testable import NodeService

/// What is found in the description of the API, and in one that has what ours has not.
@Suite struct DescriptorIndexTests {
  private static func index() throws -> DescriptorIndex { try DescriptorIndex.ofThisAPI.get() }

  /// All files, read by their own type.
  private static func files() throws -> [Google_Protobuf_FileDescriptorProto] {
    let set = try #require(Data(base64Encoded: DescriptorSet.base64, options: .ignoreUnknownCharacters))
    return try Google_Protobuf_FileDescriptorSet(serializedBytes: set).file
  }

  private static func names(_ answer: [Data]?) throws -> [String] {
    try (answer ?? []).map { try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name }
  }

  /// Names of a message and all that is in it, found in another way than the index finds them.
  private static func names(of message: Google_Protobuf_DescriptorProto, in scope: String) -> [String] {
    let name = "\(scope).\(message.name)"
    return [name] + message.field.map { "\(name).\($0.name)" } + message.oneofDecl.map { "\(name).\($0.name)" }
      + message.enumType.flatMap { names(of: $0, in: name) } + message.nestedType.flatMap { names(of: $0, in: name) }
  }

  private static func names(of type: Google_Protobuf_EnumDescriptorProto, in scope: String) -> [String] {
    ["\(scope).\(type.name)"] + type.value.map { "\(scope).\($0.name)" }
  }

  @Test func everySymbolLeadsToItsFile() throws {
    let index = try Self.index()
    var count = 0
    for file in try Self.files() {
      var symbols = file.messageType.flatMap { Self.names(of: $0, in: file.package) }
      symbols += file.enumType.flatMap { Self.names(of: $0, in: file.package) }
      for service in file.service {
        symbols.append("\(file.package).\(service.name)")
        symbols += service.method.map { "\(file.package).\(service.name).\($0.name)" }
      }
      let own = index.file(named: file.name)
      #expect(try Self.names(own).first == file.name)
      for symbol in symbols { #expect(index.file(declaring: symbol) == own, "\(symbol)") }
      count += symbols.count
    }
    #expect(count > 500)
  }

  @Test(arguments: [
    ("limiquantix.node.v1.NodeDaemonService", "limiquantix/node/v1/node_daemon.proto"),
    ("limiquantix.node.v1.NodeDaemonService.CreateVM", "limiquantix/node/v1/node_daemon.proto"),
    ("procurator.node.v1.Event.kind", "procurator/node/v1/events.proto"),
    ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
    ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"),
    ("grpc.health.v1.HealthListResponse.StatusesEntry.value", "grpc/health/v1/health.proto"),
    ("grpc.reflection.v1.ServerReflectionRequest.message_request", "grpc/reflection/v1/reflection.proto"),
    ("grpc.reflection.v1alpha.ServerReflection", "grpc/reflection/v1alpha/reflection.proto"),
    ("google.protobuf.Timestamp", "google/protobuf/timestamp.proto"),
    ("google.protobuf.Empty", "google/protobuf/empty.proto"),
  ]) func theseAreFound(_ symbol: String, _ file: String) throws {
    #expect(try Self.names(Self.index().file(declaring: symbol)).first == file)
  }

  @Test func nothingElseIsFound() throws {
    let index = try Self.index()
    let known = "limiquantix.node.v1.NodeDaemonService"
    for symbol in ["", ".", "procurator.node.v1", "." + known, known + ".", known.uppercased(), known + "/CreateVM"] {
      #expect(index.file(declaring: symbol) == nil, "\(symbol)")
      #expect(index.file(named: symbol) == nil && index.extensions(of: symbol) == nil)
    }
    var random = SeededRandom("nothingElseIsFound")
    for _ in 0..<10_000 {
      let length = Int.random(in: 1...20, using: &random)
      let name = String((0..<length).compactMap { _ in "abcXYZ0._/é".randomElement(using: &random) })
      #expect(index.file(declaring: name) == nil && index.file(named: name) == nil, "\(name)")
      #expect(index.file(declaring: "\(known).\(name)") == nil)
    }
  }

  /// The file first; behind each all that it imports; nothing else, and nothing twice.
  @Test func answersAreClosedAndOrdered() throws {
    let index = try Self.index()
    let files = try Self.files()
    let imports = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.dependency) })
    for file in files {
      let names = try Self.names(index.file(named: file.name))
      #expect(names.first == file.name && Set(names).count == names.count)
      var needed: Set = [file.name]
      for (place, name) in names.enumerated() {
        #expect(needed.contains(name), "\(file.name) needs no \(name)")
        let own = imports[name] ?? []
        #expect(own.allSatisfy { names.suffix(from: place).contains($0) }, "\(name) in \(file.name)")
        needed.formUnion(own)
      }
      #expect(needed == Set(names))
    }
    let events = try Self.names(index.file(named: "procurator/node/v1/events.proto"))
    #expect(Set(events).isSuperset(of: ["google/protobuf/empty.proto", "google/protobuf/timestamp.proto"]))
  }

  @Test func extensionsAreFound() throws {
    var base = Google_Protobuf_FileDescriptorProto()
    (base.name, base.package) = ("base.proto", "some")
    base.messageType = [.with { $0.name = "Open" }, .with { $0.name = "Closed" }]
    var more = Google_Protobuf_FileDescriptorProto()
    (more.name, more.dependency) = ("more.proto", ["base.proto"])
    more.extension = [
      .with { ($0.name, $0.extendee, $0.number) = ("size", ".some.Open", 200) },
      .with { ($0.name, $0.extendee, $0.number) = ("color", ".some.Open", 100) },
    ]
    more.messageType = [
      .with {
        $0.name = "Holder"
        $0.extension = [.with { ($0.name, $0.extendee, $0.number) = ("shape", ".some.Open", 150) }]
      }
    ]
    let set = Google_Protobuf_FileDescriptorSet.with { $0.file = [base, more] }
    let index = try DescriptorIndex(try set.serializedData())
    #expect(index.extensions(of: "some.Open") == [100, 150, 200] && index.extensions(of: "some.Closed") == [])
    #expect(index.extensions(of: "some.Other") == nil)
    #expect(try Self.names(index.file(extending: "some.Open", by: 150)) == ["more.proto", "base.proto"])
    #expect(index.file(extending: "some.Open", by: 151) == nil && index.file(extending: "some.Closed", by: 1) == nil)
    for symbol in ["size", "Holder", "Holder.shape"] {
      #expect(try Self.names(index.file(declaring: symbol)) == ["more.proto", "base.proto"], "a file without package")
    }
  }

  @Test func whatIsNoSetIsRefused() throws {
    let failure = #expect(throws: Failure.self) { try DescriptorIndex(Data([0x0a, 0x02, 0xff, 0xff])) }
    #expect(failure?.code == .internal)
  }
}
