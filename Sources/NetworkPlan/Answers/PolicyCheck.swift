package import Failure
package import IPC

extension Network {
  /// Refuses a policy that means nothing or cannot be kept here.
  /// - Returns: Its domains in the form in which they are compared.
  package func check(_ request: Policy) throws(Failure) -> Set<String> {
    func refusal(_ object: String, _ cause: String, _ remedy: String = "", _ code: Failure.Code = .invalid) -> Failure {
      Failure(code, operation: "set policy", object: object, cause: cause, remedy: remedy)
    }
    guard request.isRestricted || (request.domains.isEmpty && request.ranges.isEmpty) else {
      throw refusal(
        "VM \(request.vm.text)", "domains or ranges are listed, but everything is allowed", "ask for a listed policy")
    }
    guard request.domains.reduce(0, { $0 + $1.utf8.count }) <= NetdLimits.domainBytes else {
      throw refusal(
        "\(request.domains.count) domains", "their names have more than \(NetdLimits.domainBytes) bytes",
        "allow a parent domain instead")
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
    if mode == .external, !(request.domains.isEmpty && request.ranges.isEmpty) {
      throw refusal(
        "network \(name)", "packets of an external network are not routed here, so all or nothing can be allowed",
        "leave the lists empty, or use another network", .unsupported)
    }
    var domains: Set<String> = []
    for text in request.domains {
      guard let domain = DomainName.canonical(text) else {
        throw refusal(
          "domain \"\(text)\"", "it is no domain name", "write example.com, which stands for everything below it too")
      }
      domains.insert(domain)
    }
    return domains
  }
}
