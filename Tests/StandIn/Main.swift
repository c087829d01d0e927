import Glibc
import Words

/// standin: a hypervisor without a guest, for tests and measures with a thousand VMs. Installed nowhere.
///
/// It takes the command line that QEMU gets, answers on its monitors as QEMU does, keeps every descriptor that it
/// inherited open, and rests until somebody speaks to it. It ends on `quit`, SIGTERM, SIGINT and SIGHUP.
@main
struct Main {
  static func main() {
    let words = Words.all
    if let text = Probe.answer(Array(words.dropFirst())) {
      let bytes = Array(text.utf8)
      _ = write(1, bytes, bytes.count)
      exit(0)
    }
    signal(SIGPIPE, SIG_IGN)
    var loop = Loop(Machine(words))
    guard !loop.ports.isEmpty else {
      let line = Array("standin: no -chardev socket,id=ID,fd=NUMBER,server=on among the arguments\n".utf8)
      _ = write(2, line, line.count)
      exit(1)
    }
    loop.run()
  }
}

/// What QEMU says about itself without running a machine.
enum Probe {
  /// The release whose command line it takes; before 9.0, so that nobody looks for `-accel kvm,device=`.
  static let version = (major: 7, minor: 2, micro: 22)

  /// The answer to a question on the command line; nil if it is about a machine.
  static func answer(_ words: [String]) -> String? {
    if words.contains("--version") || words.contains("-version") {
      return "QEMU emulator version \(version.major).\(version.minor).\(version.micro) (stand-in)\n"
    }
    if words.contains("--help") || words.contains("-help") {
      return "usage: standin [options]\n-accel [accel=]accelerator\n-machine [type=]name\n-sandbox on\n"
    }
    for (option, value) in zip(words, words.dropFirst()) where value == "help" {
      switch option {
      case "-accel": return "Accelerators supported in QEMU binary:\ntcg\n"
      case "-machine", "-M":
        return "Supported machines are:\nmicrovm              microvm (i386)\nq35                  Standard PC\n"
      case "-device": return Words.devices
      default: return "\n"
      }
    }
    return nil
  }
}
