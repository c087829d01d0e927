import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import NodeAPI
import SwiftProtobuf
import Testing

@testable import NodeService

/// Health and reflection as a client has them, over HTTP/2 at a Unix socket.
@Suite struct StandardServicesTests {
  private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>
  private typealias Question = Grpc_Reflection_V1_ServerReflectionRequest
  private typealias Answer = Grpc_Reflection_V1_ServerReflectionResponse

  /// Serves a service of ours with those beside it.
  private func serve(
    _ serving: ServingState = ServingState(), _ body: @escaping @Sendable (Client) async throws -> Void
  ) async throws {
    let path = FileManager.default.temporaryDirectory.path + "/standard\(UInt32.random(in: 0 ... .max)).sock"
    defer { unlink(path) }
    let ours: [any RegistrableRPCService] = [Silent()]
    let transport = HTTP2ServerTransport.Posix(
      address: .unixDomainSocket(path: path), transportSecurity: .plaintext)
    try await withGRPCServer(transport: transport, services: ours + StandardServices.beside(ours, serving)) { server in
      _ = try await server.listeningAddress
      try await withGRPCClient(
        transport: .http2NIOPosix(target: .unixDomainSocket(path: path), transportSecurity: .plaintext)
      ) { client in try await body(client) }
    }
  }

  private struct Silent: Procurator_Node_V1_Events.SimpleServiceProtocol {
    func stream(
      request: Procurator_Node_V1_EventsRequest, response: RPCWriter<Procurator_Node_V1_Event>, context: ServerContext
    ) async throws {}
  }

  private static let served: Set = [
    "procurator.node.v1.Events", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ]

  @Test func healthIsOfEveryServiceAndOfTheServer() async throws {
    let serving = ServingState()
    try await serve(serving) { client in
      let health = Grpc_Health_V1_Health.Client(wrapping: client)
      for status in [ServingState.Status.serving, .notServing] {
        serving.set(status)
        let answer = Grpc_Health_V1_HealthCheckResponse(status)
        for name in Self.served.union([""]) { #expect(try await health.check(.with { $0.service = name }) == answer) }
        let all = try await health.list(.init()).statuses
        #expect(Set(all.keys) == Self.served.union([""]) && all.values.allSatisfy { $0 == answer })
      }
      let refusal = await #expect(throws: RPCError.self) {
        try await health.check(.with { $0.service = "procurator.node.v1.Events/Stream" })
      }
      #expect(refusal?.code == .notFound)
    }
  }

  @Test func whoWatchesIsToldAtOnceAndOfEachChange() async throws {
    let serving = ServingState()
    try await serve(serving) { client in
      let health = Grpc_Health_V1_Health.Client(wrapping: client)
      try await health.watch(.init()) { response in
        var answers = response.messages.makeAsyncIterator()
        let present = try await answers.next()?.status
        await serving.announce(.notServing, within: .seconds(60))
        let end = try await answers.next()?.status
        serving.set(.serving)
        let again = try await answers.next()?.status
        #expect([present, end, again] == [.serving, .notServing, .serving])
      }
      // Who has left is no watcher any more; a name that is not served is answered, and answered once.
      while serving.watchers > 0 { try await Task.sleep(for: .milliseconds(5)) }
      try await health.watch(.with { $0.service = "some.other.Service" }) { response in
        var answers = response.messages.makeAsyncIterator()
        let present = try await answers.next()?.status
        #expect(present == .serviceUnknown)
        await serving.announce(.notServing, within: .seconds(60))
        #expect(serving.watchers == 1, "it goes on")
      }
      while serving.watchers > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  /// Asks in one stream, by either name of the service.
  private static func ask(
    _ client: Client, _ method: MethodDescriptor, _ questions: [Question.OneOf_MessageRequest?]
  ) async throws -> [Answer] {
    try await client.bidirectionalStreaming(
      request: StreamingClientRequest { writer in
        for question in questions {
          try await writer.write(
            .with {
              $0.host = "somewhere"
              $0.messageRequest = question
            })
        }
      }, descriptor: method, serializer: ProtobufSerializer<Question>(), deserializer: ProtobufDeserializer<Answer>(),
      options: .defaults
    ) { response in try await response.messages.reduce(into: []) { $0.append($1) } }
  }

  @Test(arguments: ReflectionService.methods) func everyQuestionIsAnswered(_ method: MethodDescriptor) async throws {
    try await serve { client in
      let extended = Grpc_Reflection_V1_ExtensionRequest.with { $0.containingType = "procurator.node.v1.Event" }
      let questions: [Question.OneOf_MessageRequest?] = [
        .listServices(""), .fileByFilename("nothing.proto"), .fileContainingSymbol("procurator.node.v1.Nothing"),
        .fileContainingExtension(extended), .allExtensionNumbersOfType("procurator.node.v1.Nothing"), nil,
        .allExtensionNumbersOfType("procurator.node.v1.Event"), .fileByFilename("google/protobuf/empty.proto"),
        .fileContainingSymbol("procurator.node.v1.Events.Stream"),
      ]
      let answers = try await Self.ask(client, method, questions)
      try #require(answers.count == questions.count)
      #expect(answers.map(\.originalRequest.messageRequest) == questions)
      #expect(answers.allSatisfy { $0.validHost == "somewhere" })
      #expect(answers[0].listServicesResponse.service.map(\.name) == Self.served.sorted())
      for answer in answers[1...4] {
        #expect(answer.errorResponse.errorCode == 5 && answer.errorResponse.errorMessage.contains("not declared here"))
      }
      #expect(answers[5].errorResponse.errorCode == 3)
      #expect(answers[6].allExtensionNumbersResponse.baseTypeName == "procurator.node.v1.Event")
      #expect(answers[6].allExtensionNumbersResponse.extensionNumber == [])
      #expect(answers[7].fileDescriptorResponse.fileDescriptorProto.count == 1)
      let files = try answers[8].fileDescriptorResponse.fileDescriptorProto.map {
        try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name
      }
      #expect(files.first == "procurator/node/v1/events.proto" && files.contains("google/protobuf/timestamp.proto"))
    }
  }

  /// More than is answered at once: they wait, and none is lost.
  @Test func manyQuestionsTakeTheirTime() async throws {
    try await serve { client in
      let count = ReflectionService.perSecond * 5 / 2
      let began = ContinuousClock.now
      let answers = try await Self.ask(
        client, ReflectionService.former, Array(repeating: .listServices(""), count: count))
      #expect(answers.count == count)
      #expect(ContinuousClock.now - began > .milliseconds(300))
    }
  }
}
