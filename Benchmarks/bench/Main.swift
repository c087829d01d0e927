import Failure
import Glibc

/// Takes the samples that `Benchmarks/run` makes percentiles of: one number a line on standard output, in nanoseconds.
///
/// Each measure has its floor beside it, a C program in `Benchmarks/floor` that prints the same.
@main
struct Main {
  static let usage = """
    usage: bench MEASURE ARGUMENT...
      attach COUNT NETD-SOCKET                 a port of netd, until its TAP is here
      hold COUNT NETD-SOCKET                   holds so many ports until standard input ends
      release COUNT HOW NETD-SOCKET            gives so many ports back at once; HOW they end: detached or died
      bystand NETD-SOCKET                      asks netd for ports until standard input ends
      restart COUNT PORTS NETD-SOCKET NETD CONFIGURATION
                                               kills netd, starts it and asks it, while so many ports are in use
      commands COUNT BRIDGE                    the same by three commands of ip(8)
      descriptors COUNT                        a round trip that brings a descriptor
      idle SOCKET                              one call to the supervisor
      exec COUNT SOCKET SPEC RUNTIME QEMU      create a VM, until its hypervisor has been executed
      agent COUNT SOCKET SPEC                  create a VM, until its guest's agent answers
      run COUNT SOCKET SPEC                    run a program in a guest, until it has ended
      snapshot COUNT SOCKET SPEC RUNTIME       make a snapshot of a guest with its memory
      volume COUNT SOCKET FOLDER               make a volume in a pool in that folder
      death COUNT SOCKET SPEC                  kill a hypervisor, until its VM is failed
      crowd COUNT SOCKET SPEC                  runs so many VMs until standard input ends
      fill COUNT SOCKET SPEC                   starts so many VMs and leaves them
      clear SOCKET                             ends and deletes all VMs
      adopt COUNT VMS SOCKET WORD...           kills the supervisor with that command line, starts it, until it shows all
      list COUNT VMS WHERE                     all VMs, over gRPC
      unary COUNT WHERE                        calls of Health/Check
      idle-connections COUNT WHERE             so many connections, until standard input ends
      echo WHERE                               answers Health/Check until standard input ends
      scrape COUNT SOCKET FILE                 the metrics; the last answer goes to FILE
      program COUNT SOCKET WORD...             a command that is told of that socket of vmsupervisor, until its end
    WHERE is a SOCKET, or a PORT of the loopback and a FOLDER with ca.pem, own.pem and own.key.

    """

  static func main() async {
    do { try await measure(Array(CommandLine.arguments.dropFirst())) } catch {
      complain("bench: \(error)\n")
      exit(1)
    }
  }

  private static func measure(_ words: [String]) async throws {
    let count = words.count > 1 ? Int(words[1]) ?? 0 : 0
    switch (words.first, words.count) {
    case ("attach", 3): try Attachments.attach(count, socket: words[2])
    case ("hold", 3): try Attachments.hold(count, socket: words[2])
    case ("release", 4):
      try FullNode.release(count, FullNode.End(rawValue: words[2]) ?? .detached, socket: words[3])
    case ("bystand", 2): try FullNode.bystand(socket: words[1])
    case ("restart", 6):
      try FullNode.restart(
        count, ports: Int(words[2]) ?? 0, socket: words[3], program: words[4], configuration: words[5])
    case ("commands", 3): try Commands.measure(count, bridge: words[2])
    case ("descriptors", 2): try Descriptors.measure(count)
    case (Descriptors.answering, 1): try Descriptors.answer()
    case ("idle", 2): try await Supervisor.with(socket: words[1]) { _ = try await $0.list() }
    case ("exec", 6):
      try await Starts.exec(count, socket: words[2], spec: words[3], runtime: words[4], hypervisor: words[5])
    case ("agent", 4): try await Starts.agent(count, socket: words[2], spec: words[3])
    case ("run", 4): try await Guests.exec(count, socket: words[2], spec: words[3])
    case ("snapshot", 5):
      try await Guests.snapshot(count, socket: words[2], spec: words[3], runtime: words[4])
    case ("volume", 4): try await Guests.volume(count, socket: words[2], folder: words[3])
    case ("death", 4): try await Deaths.measure(count, socket: words[2], spec: words[3])
    case ("crowd", 4): try await Crowd.run(count, socket: words[2], spec: words[3])
    case ("fill", 4): try await Fleets.fill(count, socket: words[2], spec: words[3])
    case ("clear", 2): try await Fleets.clear(socket: words[1])
    case ("adopt", 5...):
      try await Fleets.adopt(count, Int(words[2]) ?? 0, socket: words[3], words: Array(words[4...]))
    case ("list", 4...5):
      guard let endpoint = Endpoint(words[3...]) else { return refuse() }
      try await Fleets.list(count, Int(words[2]) ?? 0, at: endpoint)
    case ("unary", 3...4), ("idle-connections", 3...4):
      guard let endpoint = Endpoint(words[2...]) else { return refuse() }
      if words[0] == "unary" {
        try await Unary.measure(count, at: endpoint)
      } else {
        try await Unary.idle(count, at: endpoint)
      }
    case ("echo", 2...3):
      guard let endpoint = Endpoint(words[1...]) else { return refuse() }
      try await Unary.echo(at: endpoint)
    case ("scrape", 4): try Scrapes.measure(count, socket: words[2], copy: words[3])
    case ("program", 4...):
      try Scrapes.program(count, words: Array(words[3...]), environment: ["PROCURATOR_SOCKET=\(words[2])"])
    default: refuse()
    }
  }

  private static func refuse() {
    complain(usage)
    exit(64)
  }

  private static func complain(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(2, bytes, bytes.count)
  }
}
