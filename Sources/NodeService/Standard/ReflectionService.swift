import Failure
import FoundationEssentials
import GRPCCore
import GRPCProtobuf
import Linux
import NodeAPI
import Synchronization
import Text

/// `grpc.reflection.v1.ServerReflection`: what a server serves, for tools without its .proto. It answers to its former name
/// too: only the package was renamed, the bytes are the same.
final class ReflectionService: Grpc_Reflection_V1_ServerReflection.SimpleServiceProtocol {
  typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
  typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

  /// Questions of all callers together that are answered in a second, and twice as many at once after a pause: answers are much
  /// longer than questions.
  static let perSecond = 200
  /// How soon a question that has to wait is looked at again.
  private static let pause: Duration = .milliseconds(20)
  /// Characters of a question that the text of an error repeats.
  private static let longestName = 200

  /// What older tools call.
  static let former = MethodDescriptor(
    fullyQualifiedService: "grpc.reflection.v1alpha.ServerReflection", method: "ServerReflectionInfo",
    type: .bidirectionalStreaming)
  static let methods = [Grpc_Reflection_V1_ServerReflection.Method.ServerReflectionInfo.descriptor, former]

  /// Full names of what is served.
  private let services: [String]
  private let bucket = Mutex(TokenBucket(perSecond: perSecond, now: Clock.now()))

  init(_ services: Set<String>) {
    self.services = services.sorted()
  }

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    for method in Self.methods {
      router.registerHandler(
        forMethod: method, deserializer: ProtobufDeserializer<Request>(), serializer: ProtobufSerializer<Response>()
      ) { request, context in try await self.serverReflectionInfo(request: request, context: context) }
    }
  }

  func serverReflectionInfo(
    request: RPCAsyncSequence<Request, any Error>, response: RPCWriter<Response>, context: ServerContext
  ) async throws {
    let index: DescriptorIndex
    do throws(Failure) { index = try DescriptorIndex.ofThisAPI.get() } catch { throw error.status }
    try await whileCalled(context.cancellation) {
      for try await question in request {
        // Who asks too much is not read any further, and so cannot send either.
        while !self.bucket.withLock({ $0.take(now: Clock.now()) }) { try await Task.sleep(for: Self.pause) }
        try await response.write(self.answer(question, index))
      }
    }
  }

  /// The answer to one question.
  func answer(_ question: Request, _ index: DescriptorIndex) -> Response {
    .with {
      $0.validHost = question.host
      $0.originalRequest = question
      $0.messageResponse = found(question.messageRequest, index)
    }
  }

  private func found(
    _ wanted: Request.OneOf_MessageRequest?, _ index: DescriptorIndex
  ) -> Response.OneOf_MessageResponse {
    switch wanted {
    case .fileByFilename(let name): return Self.files(index.file(named: name), "file \(name)")
    case .fileContainingSymbol(let name): return Self.files(index.file(declaring: name), "symbol \(name)")
    case .fileContainingExtension(let field):
      return Self.files(
        index.file(extending: field.containingType, by: field.extensionNumber),
        "extension \(field.extensionNumber) of \(field.containingType)")
    case .allExtensionNumbersOfType(let name):
      guard let numbers = index.extensions(of: name) else { return Self.unknown("message \(name)") }
      return .allExtensionNumbersResponse(
        .with {
          $0.baseTypeName = name
          $0.extensionNumber = numbers
        })
    case .listServices:
      return .listServicesResponse(.with { $0.service = services.map { name in .with { $0.name = name } } })
    case nil: return Self.refusal(.invalidArgument, "the request asks for nothing")
    }
  }

  private static func files(_ found: [Data]?, _ wanted: String) -> Response.OneOf_MessageResponse {
    found.map { found in .fileDescriptorResponse(.with { $0.fileDescriptorProto = found }) } ?? unknown(wanted)
  }

  private static func unknown(_ wanted: String) -> Response.OneOf_MessageResponse {
    refusal(.notFound, "\(HarmlessText.line(String(wanted.prefix(longestName)))) is not declared here")
  }

  private static func refusal(_ code: Status.Code, _ message: String) -> Response.OneOf_MessageResponse {
    .errorResponse(
      .with {
        $0.errorCode = Int32(code.rawValue)
        $0.errorMessage = message
      })
  }
}
