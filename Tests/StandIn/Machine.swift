import Glibc

/// The machine that is not there: what its command line says of it, and how it stands.
struct Machine {
  /// A `-chardev socket` whose listening socket came by descriptor.
  struct Socket {
    var id: String
    var descriptor: Int32
    var isMonitor: Bool
  }

  var name = ""
  var uuid = "00000000-0000-0000-0000-000000000000"
  var cpus = 1
  /// Bytes of the guest.
  var memory: UInt64 = 128 << 20
  var sockets: [Socket] = []
  /// Node names and the devices that use them.
  var disks: [(node: String, device: String)] = []
  /// A word of QAPI's RunState.
  var status = "running"
  /// Bytes that the balloon leaves to the guest.
  var balloon: UInt64
  var hasEnded = false
  /// Whether it sends events without end, as one that its guest has taken over: its name says so.
  var floods: Bool { name.hasPrefix("flood") }

  /// Reads a command line of QEMU; what it does not know does not matter to it.
  init(_ words: [String]) {
    var monitors: Set<String> = []
    balloon = 0
    for (option, value) in zip(words, words.dropFirst()) {
      let properties = Self.properties(value)
      switch option {
      case "-name": name = properties["guest"] ?? value
      case "-uuid": uuid = value
      case "-smp": cpus = properties["cpus"].flatMap { Int($0) } ?? 1
      case "-m": memory = Self.size(properties["size"] ?? value) ?? memory
      case "-mon": if let id = properties["chardev"] { monitors.insert(id) }
      case "-chardev":
        guard value.hasPrefix("socket,"), let id = properties["id"],
          let number = properties["fd"].flatMap({ Int32($0) })
        else { continue }
        sockets.append(Socket(id: id, descriptor: number, isMonitor: false))
      case "-device":
        let device = JSONText(bytes: Array(value.utf8)[...])
        if let node = device["drive"]?.text { disks.append((node, device["id"]?.text ?? node)) }
      case "-S": status = "prelaunch"
      default: break
      }
    }
    for index in sockets.indices { sockets[index].isMonitor = monitors.contains(sockets[index].id) }
    balloon = memory
  }

  /// `key=value` pairs between commas.
  private static func properties(_ text: String) -> [String: String] {
    var pairs: [String: String] = [:]
    for pair in text.split(separator: ",") {
      let halves = pair.split(separator: "=", maxSplits: 1)
      if halves.count == 2 { pairs[String(halves[0])] = String(halves[1]) }
    }
    return pairs
  }

  /// Bytes of `512M`, `2G` or `512`, which are mebibytes without a unit.
  private static func size(_ text: String) -> UInt64? {
    guard let number = UInt64(text.prefix { $0.isNumber }) else { return nil }
    return number << (text.hasSuffix("G") ? 30 : 20)
  }
}
