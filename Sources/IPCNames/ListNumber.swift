/// How a supervisor numbers its domain lists: by what is in them, so that VMs with the same domains share a list and a
/// supervisor that was started again says the same numbers. netd before version 4 of its protocol made the same numbers of
/// them, so that an upgrade changes no list.
public enum ListNumber {
  /// FNV-1a, 32 bits; never 0, which stands for no list.
  /// - Parameters:
  ///   - uid: of the supervisor.
  ///   - network: the ports' network.
  ///   - domains: in canonical form (`DomainName.canonical`), in any order.
  public static func of(uid: UInt32, network: String, _ domains: [String]) -> UInt32 {
    var number: UInt32 = 0x811c_9dc5
    for byte in (["\(uid)", network] + Set(domains).sorted()).joined(separator: "\n").utf8 {
      number = (number ^ UInt32(byte)) &* 0x0100_0193
    }
    return number == 0 ? 1 : number
  }
}
