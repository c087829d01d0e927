package import Failure
package import IPC

extension Network {
  /// Refuses a policy that means nothing or cannot be kept here.
  package func check(_ request: Policy) throws(Failure) {
    func refusal(_ object: String, _ cause: String, _ remedy: String = "", _ code: Failure.Code = .invalid) -> Failure {
      Failure(code, operation: "set policy", object: object, cause: cause, remedy: remedy)
    }
    guard request.isRestricted || (request.list == 0 && request.ranges.isEmpty) else {
      throw refusal(
        "VM \(request.vm.text)", "domains or ranges are listed, but everything is allowed", "ask for a listed policy")
    }
    for range in request.ranges
    where range.prefix > 32 || range.first > range.last || (range.transport == .any) != (range.last == 0) {
      throw refusal(
        "range of VM \(request.vm.text)", "a prefix has at most 32 bits, ports go upwards and need TCP or UDP")
    }
    guard max(request.sendRate, request.receiveRate) <= NetdLimits.rate else {
      throw refusal(
        "rate of VM \(request.vm.text)", "it is above \(NetdLimits.rate) bytes per second",
        "choose a lower one, or none")
    }
    if mode == .external, request.list != 0 || !request.ranges.isEmpty {
      throw refusal(
        "network \(name)", "packets of an external network are not routed here, so all or nothing can be allowed",
        "leave the lists empty, or use another network", .unsupported)
    }
  }
}
