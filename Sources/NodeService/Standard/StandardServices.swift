import GRPCCore
import GRPCNIOTransportHTTP2Posix
import NodeAPI

/// The services of gRPC's own, which its client libraries and tools look for at every server.
enum StandardServices {
  /// Those to serve beside others. They speak of themselves too.
  /// - Parameter serving: whether all of them take calls.
  static func beside(
    _ services: [any RegistrableRPCService], _ serving: ServingState
  ) -> [any RegistrableRPCService] {
    // A service does not say its name, but what it registers does.
    var router = RPCRouter<HTTP2ServerTransport.Custom<BoundedListener>>()
    for service in services { service.registerMethods(with: &router) }
    let methods = router.methods + Grpc_Health_V1_Health.Method.descriptors + ReflectionService.methods
    let names = Set(methods.map(\.service.fullyQualifiedService))
    return [HealthService(names, serving), ReflectionService(names)]
  }
}
