import Glibc
import Linux
import Synchronization
import Testing

/// The command line on a terminal of its own (a pty), as a person has it.
final class Terminal: Sendable {
  private let master: Int32
  private let process: Mutex<ProcessHandle?>
  private let pid: Int32
  private let output = Mutex<[UInt8]>([])
  private let former: Mutex<tcflag_t>

  convenience init(_ rig: Rig, _ words: String...) throws {
    try self.init(rig, program: rig.bin + "/vmsupervisor", ["vmsupervisor"] + words)
  }

  /// A shell that has the terminal and its jobs.
  convenience init(shellOf rig: Rig) throws {
    try self.init(rig, program: "/usr/bin/setsid", ["setsid", "--ctty", "/bin/sh", "-i"])
  }

  private init(_ rig: Rig, program: String, _ words: [String]) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    var (locked, number): (Int32, Int32) = (0, -1)
    // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h: what unlockpt(3) and ptsname(3) do.
    try #require(master >= 0 && ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
    let path = "/dev/pts/\(number)"
    let slave = try Files.open(path, O_RDWR | O_NOCTTY)
    let handle = try ProcessHandle.spawn(
      program, arguments: words,
      environment: Command.childEnvironment(["PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"]),
      descriptors: [(slave.raw, 0), (slave.raw, 1), (slave.raw, 2)])
    var mode = termios()
    tcgetattr(master, &mode)
    former = Mutex(mode.c_lflag)
    pid = handle.pid
    process = Mutex(handle)
  }

  deinit {
    hangUp()
    close(master)
  }

  /// Everything that was shown.
  var text: String {
    drain()
    return String(decoding: output.withLock { $0 }, as: UTF8.self)
  }

  /// What was shown counts no more.
  func forget() {
    drain()
    output.withLock { $0 = [] }
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  func sees(_ words: String, location: SourceLocation = #_sourceLocation) async throws {
    do {
      try await eventually("the terminal shows \(words)", within: 90, location: location) { text.contains(words) }
    } catch {
      print("---- terminal\n\(text.suffix(3000))")
      throw error
    }
  }

  func ends(_ status: Int32, location: SourceLocation = #_sourceLocation) async throws {
    try await eventually("the command ends", within: 20, location: location) {
      drain()
      return try process.withLock { slot in
        guard case .exited(let code)? = try slot?.reap() else { return slot == nil }
        #expect(code == status, sourceLocation: location)
        slot = nil
        return true
      }
    }
  }

  /// The command ends by that signal.
  func dies(_ signal: Int32, location: SourceLocation = #_sourceLocation) async throws {
    try await eventually("the command ends", within: 20, location: location) {
      drain()
      return try process.withLock { slot in
        guard let end = try slot?.reap() else { return slot == nil }
        #expect(end == .signalled(signal), sourceLocation: location)
        slot = nil
        return true
      }
    }
  }

  /// Sends a signal to the command.
  func signal(_ number: Int32) { kill(pid, number) }

  /// The one job of a shell; 0 if there is none.
  var job: Int32 {
    let children = try? Files.readText("/proc/\(pid)/task/\(pid)/children")
    return children?.split(separator: " ").last.flatMap { Int32($0) } ?? 0
  }

  /// Whether lines are edited and echoed again, as before the console.
  var isCooked: Bool {
    var mode = termios()
    return tcgetattr(master, &mode) == 0 && mode.c_lflag & tcflag_t(ICANON) != 0
      && mode.c_lflag & tcflag_t(ECHO) != 0
  }

  /// Ends the command, if it runs.
  func hangUp() {
    process.withLock { slot in
      guard slot != nil else { return }
      kill(pid, SIGKILL)
      _ = try? slot?.reap(blocking: true)
      slot = nil
    }
  }

  private func drain() {
    output.withLock { output in
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let got = read(master, &buffer, buffer.count)
        if got <= 0 { return }
        output += buffer.prefix(got)
      }
    }
  }
}
