import Glibc
import Words

/// confined: what a hypervisor is that has been taken over. Started as one, with QEMU's arguments and descriptors, it tries
/// what its VM's name says and writes to its log what the kernel answered. For SupervisorTests; installed nowhere.
///
/// Names: `look` for everything that answers an error, `call-NUMBER-ARGUMENT-…` for one system call, where an argument is
/// a number, `TAP`, the number of the first TAP, or a path's stand-in: `SHELL`.
@main
struct Main {
  static func main() {
    let words = Words.all
    if words.contains("--version") {
      say("QEMU emulator version 7.2.0 (confined)")
    } else if words.contains("--help") {
      say("-accel tcg")
    } else if value(of: "-device", in: words) == "help" {
      say(Words.devices)
    } else if words.contains("resize") {
      // In the place of qemu-img: never ends.
      while true { poll(nil, 0, -1) }
    } else if let name = value(of: "-name", in: words)?.dropFirst("guest=".count).prefix(while: { $0 != "," }) {
      if name == "look" { Looks.all() } else { call(name.split(separator: "-").dropFirst().map(String.init), words) }
      say("done")
      exit(7)
    }
  }

  private static func call(_ parts: [String], _ words: [String]) {
    let arguments = parts.dropFirst().map { argument($0, words) } + [Int](repeating: 0, count: 6)
    let answer = Kernel.call(Int(parts.first ?? "") ?? -1, arguments)
    say("answer \(answer) errno \(answer < 0 ? errno : 0)")
  }

  private static func argument(_ word: String, _ words: [String]) -> Int {
    switch word {
    case "SHELL": return Int(bitPattern: strdup("/bin/sh"))
    case "TAP": return Int(value(of: "-netdev", in: words)?.split(separator: "=").last ?? "") ?? -1
    default: return Int(word) ?? 0
    }
  }

  private static func value(of option: String, in words: [String]) -> String? {
    words.firstIndex(of: option).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
  }
}

func say(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}

/// `syscall(2)`, which takes a variable number of arguments, so that Swift cannot call it by name.
enum Kernel {
  typealias Six = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int

  static func call(_ number: Int, _ a: [Int]) -> Int {
    guard let symbol = dlsym(nil, "syscall") else { return -1 }
    return unsafeBitCast(symbol, to: Six.self)(number, a[0], a[1], a[2], a[3], a[4], a[5])
  }
}

/// What answers an error, or shows what is left to see.
enum Looks {
  static func all() {
    for path in ["/etc/passwd", "/proc/self/status", "/proc/1/cmdline", "/dev/urandom", "/usr/bin/env", "/var/log"] {
      report("read \(path)", open(path, O_RDONLY))
    }
    report("list /", open("/", O_RDONLY | O_DIRECTORY))
    report("write /dev/null", open("/dev/null", O_WRONLY))
    report("write /tmp", open("/tmp", O_WRONLY))
    report("create", open("/tmp/procurator-confined", O_WRONLY | O_CREAT, 0o600))
    report("empty", open("/dev/null", O_WRONLY | O_TRUNC))
    report("remove", unlink("/tmp/procurator-confined"))
    var facts = stat()
    for path in ["/etc/shadow", "/proc/1/status", "/nothing"] { report("stat \(path)", stat(path, &facts)) }
    report("read /etc/shadow", open("/etc/shadow", O_RDONLY))
    report("write /etc/shadow", open("/etc/shadow", O_WRONLY))
    report("may read /etc/passwd", access("/etc/passwd", R_OK))
    var target = [CChar](repeating: 0, count: 512)
    report("follow /bin", readlink("/bin", &target, target.count) > 0 ? 0 : -1)
    report("read its loader", open("/lib64/ld-linux-x86-64.so.2", O_RDONLY))
    report("write its loader", open("/lib64/ld-linux-x86-64.so.2", O_WRONLY))
    // asm/unistd_64.h
    report("io_uring_setup", Int32(Kernel.call(425, [1, 0, 0, 0, 0, 0])))
    report("clone3", Int32(Kernel.call(435, [0, 0, 0, 0, 0, 0])))
    report("userfaultfd", Int32(Kernel.call(323, [0, 0, 0, 0, 0, 0])))
    for number in Int32(0)..<1024 where fcntl(number, F_GETFD) >= 0 {
      var path = [CChar](repeating: 0, count: 512)
      guard readlink("/proc/self/fd/\(number)", &path, path.count - 1) > 0 else { continue }
      say(
        "descriptor \(number): \(String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))"
      )
    }
  }

  private static func report(_ what: String, _ answer: Int32) {
    say("\(what): \(answer >= 0 ? "done" : String(cString: strerror(errno)))")
    if answer > 2 { close(answer) }
  }
}
