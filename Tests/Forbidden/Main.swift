import Failure
import Glibc
import Policies
import Seccomp

/// forbidden [--deaf] CALL [ARGUMENT...]: makes one system call under netd's filter.
///
/// CALL is a name or a number, an ARGUMENT a number or SELF; `abort` and `trap` end the process by other means. Prints
/// what the kernel answered. `--deaf` blocks every signal first, but that of the deadline.
@main
struct Main {
  static func main() {
    var words = CommandLine.arguments.dropFirst()
    var blocked = sigset_t()
    sigemptyset(&blocked)
    if words.first == "--deaf" {
      words.removeFirst()
      sigfillset(&blocked)
      sigdelset(&blocked, SIGALRM)
    }
    // Not what the parent left: a call that waits for ever must not outlive the test.
    pthread_sigmask(SIG_SETMASK, &blocked, nil)
    signal(SIGALRM, SIG_DFL)
    alarm(10)
    let call = words.first ?? ""
    let number = Int(call) ?? SystemCall(call).map { Int($0.number) } ?? 0
    var arguments = words.dropFirst().map { $0 == "SELF" ? Int(getpid()) : Int($0) ?? 0 }
    arguments += [Int](repeating: 0, count: 6 - arguments.count)
    // syscall(2) takes a variable number of arguments, which Swift cannot call by name.
    typealias Six = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
    guard let symbol = dlsym(nil, "syscall") else { exit(70) }
    let make = unsafeBitCast(symbol, to: Six.self)
    do {
      let rules = try RuleList.parse(Policies.netdSystemCalls, name: "netd.list", process: getpid())
      try SystemCallFilter.load(rules, otherwise: .report(program: "forbidden"))
    } catch {
      say("\(error)\n")
      exit(71)
    }
    if call == "abort" { abort() }
    if call == "trap" { fatalError("meant") }
    let a = arguments
    say("answer \(make(number, a[0], a[1], a[2], a[3], a[4], a[5]))\n")
  }

  private static func say(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(1, bytes, bytes.count)
  }
}
