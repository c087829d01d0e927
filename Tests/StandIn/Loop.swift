import Glibc
import Synchronization

/// Waits for clients and signals, and for nothing else: no timer, no thread.
struct Loop {
  private(set) var ports: [Port]
  private var machine: Machine

  init(_ machine: Machine) {
    self.machine = machine
    ports = machine.sockets.map { Port($0, floods: machine.floods) }
  }

  /// Serves until the machine's end.
  mutating func run() {
    let bell = Bell.hang()
    while !machine.hasEnded {
      var entries = ports.map { pollfd(fd: $0.watched, events: Int16($0.interest), revents: 0) }
      entries.append(pollfd(fd: bell, events: Int16(POLLIN), revents: 0))
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      for index in ports.indices where entries[index].revents != 0 { serve(index) }
      if entries[ports.count].revents != 0 {
        tell([("SHUTDOWN", #"{"guest":false,"reason":"host-signal"}"#)])
        return
      }
    }
  }

  private mutating func serve(_ index: Int) {
    guard ports[index].client >= 0 else { return ports[index].accept() }
    ports[index].flood()
    for command in ports[index].read() { tell(ports[index].answer(command, &machine)) }
  }

  private mutating func tell(_ events: [(name: String, data: String)]) {
    for event in events {
      for index in ports.indices { ports[index].tell(event.name, event.data) }
    }
  }
}

/// Makes a signal something that can be waited for with everything else.
enum Bell {
  private static let rope = Atomic<Int32>(-1)

  /// - Returns: the descriptor that becomes readable with the first signal that ends a hypervisor.
  static func hang() -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return -1 }
    rope.store(ends[1], ordering: .relaxed)
    for number in [SIGTERM, SIGINT, SIGHUP] {
      signal(number) { _ in
        var byte: UInt8 = 0
        _ = write(Bell.rope.load(ordering: .relaxed), &byte, 1)
      }
    }
    return ends[0]
  }
}
