import CLinux
import Failure
import Foundation
import Glibc
import Linux
import Testing

@testable import Hypervisor
@testable import HypervisorQEMU
@testable import NodeCore

/// What a hypervisor can do that belongs to its guest: started by the supervisor, through vmlaunch, with a TAP of netd.
@Suite(.serialized) struct ConfinedGuestTests {
  /// Runs `confined` in the place of QEMU; it does what the name of the VM says.
  private func run(_ body: (Rig) async throws -> Void, _ settings: String...) async throws {
    try await Rig.run(settings: Rig.generous + ["QEMU=\(Self.folder)/confined"] + settings, body)
  }

  private static let folder =
    ProcessInfo.processInfo.environment["PROCURATOR_BIN"]
    ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

  private func spec(_ name: String) -> String {
    "name: \(name)\nmemory: 16MiB\nconsole: false\nagent: false\nnics: [{network: default}]\ndisks: [{size: 1MiB}]\n"
  }

  /// Starts it and waits for its end; the answer is what it wrote, and what `status` says.
  private func outcome(_ name: String, _ rig: Rig) async throws -> (lines: [String], status: VMStatus) {
    await rig.ok("create", "-f", "-", input: spec(name))
    _ = await rig.cli("start", name)
    try await eventually("\(name) has ended") { await rig.status(name).state == "failed" }
    let status = await rig.status(name)
    let log = try Files.readText(rig.folder + "/lib/vms/\(status.id)/hypervisor.log")
    return (log.split(separator: "\n").map(String.init), status)
  }

  @Test func nothingIsOpenButItsLibraries() async throws {
    try await run { rig in
      let lines = try await outcome("look", rig).lines
      let denied = [
        "read /etc/passwd", "read /proc/self/status", "read /proc/1/cmdline", "read /dev/urandom", "read /usr/bin/env",
        "read /var/log", "list /", "create", "empty", "write its loader",
      ]
      for what in denied { #expect(lines.contains("\(what): Permission denied"), "\(lines)") }
      for what in ["io_uring_setup", "clone3", "userfaultfd"] {
        #expect(lines.contains("\(what): Function not implemented"), "\(lines)")
      }
      for what in ["read its loader", "write /dev/null"] { #expect(lines.contains("\(what): done")) }
      #expect(lines.last == "done")
      // Descriptors: what the plan names, and nothing of the supervisor's.
      for line in lines where line.hasPrefix("descriptor ") {
        let target = line.split(separator: " ").last.map(String.init) ?? ""
        let known =
          target.hasPrefix("socket:") || target == "/dev/null" || target == "/dev/net/tun"
          || target.hasPrefix(rig.folder + "/lib/vms/")
        #expect(known, "\(line)")
      }
    }
  }

  /// The gap that the threat model names: what is where is no secret from it. What is in it, is.
  @Test func namesAndSizesAreSeenAndNothingElse() async throws {
    try await run { rig in
      let lines = try await outcome("look", rig).lines
      for what in ["stat /etc/shadow", "stat /proc/1/status", "may read /etc/passwd", "follow /bin"] {
        #expect(lines.contains("\(what): done"), "\(lines)")
      }
      #expect(lines.contains("stat /nothing: No such file or directory"), "\(lines)")
      for what in ["read /etc/shadow", "write /etc/shadow", "read /etc/passwd", "list /", "read /proc/1/cmdline"] {
        #expect(lines.contains("\(what): Permission denied"), "\(lines)")
      }
    }
    let model = try Files.readText(Self.checkout + "/docs/threat-model.md")
    #expect(model.contains("(`stat`, `access`, `readlink`)"), "whoever closes the gap mends this test and the text")
  }

  private static let checkout =
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized.path

  /// Numbers of asm/unistd_64.h. The sockets would be for netd's and for the world; the TAP's owner is anybody's to set
  /// who holds it; the signal and the trace are for another process of the same user.
  @Test func aForbiddenCallEndsTheVMAndIsNamed() async throws {
    try await run { rig in
      for (call, name) in [
        ("41-1-5-0", "socket"), ("41-2-1-0", "socket"), ("53-1-1-0-0", "socketpair"), ("42-3-0-0", "connect"),
        ("101-16-1", "ptrace"), ("59-SHELL-0-0", "execve"), ("322-0-SHELL-0-0-0", "execveat"), ("57", "fork"),
        ("56-17", "clone"), ("62-1-9", "kill"), ("272-268435456", "unshare"), ("321-0", "bpf"),
        // TUNSETOWNER, TUNSETPERSIST, TUNSETCARRIER, SIOCSIFHWADDR, TIOCSTI.
        ("16-TAP-1074025676-0", "ioctl"), ("16-TAP-1074025675-0", "ioctl"), ("16-TAP-1074025698-0", "ioctl"),
        ("16-TAP-35108-0", "ioctl"), ("16-0-21522-0", "ioctl"), ("2-SHELL-0", "open"), ("310-1", "process_vm_readv"),
      ] {
        let (lines, status) = try await outcome("call-\(call)", rig)
        #expect(!lines.contains("done"), "\(call): \(lines)")
        #expect(status.cause.contains("forbidden system call \(name) (seccomp)"), "\(call): \(status.cause)")
        #expect(!status.remedy.isEmpty)
      }
      let log = try Files.readText(rig.supervisor.log)
      #expect(log.contains("the hypervisor made the forbidden system call ptrace (seccomp), and is ended for it"))
    }
  }

  /// The host has no user namespaces: said aloud, and refused where that is asked for.
  @Test func aMissingLayerIsSaidAndStrictRefuses() async throws {
    try await Rig.run { rig in
      // The limit is one of a user namespace. That of the host is everybody's: the supervisor gets one of its own.
      await rig.supervisor.stop()
      try rig.supervisor.start(
        [
          "/usr/bin/nsenter", "--net=/run/netns/" + rig.namespace, "/usr/bin/setpriv", "--reuid", Rig.user, "--regid",
          Rig.group, "--clear-groups", "/usr/bin/unshare", "--user", "--map-user=\(Self.nobody)",
          "--map-group=\(Self.nobody)", "--keep-caps", "/bin/sh", "-c",
          "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$@\"", "sh", "/usr/bin/setpriv", "--inh-caps=-all",
          "--ambient-caps=-all", rig.bin + "/vmsupervisor", "daemon", "--config", rig.folder + "/supervisor.conf",
        ])
      try await eventually("the supervisor answers") { await rig.cli("status").status == 0 }

      let create = await rig.cli("create", "-f", "-", "--start", input: rig.bareSpec("weak"))
      #expect(create.status == 0 && create.error.contains("confined without network-namespace"), "\(create)")
      let shown = await rig.ok("status", "weak")
      #expect(shown.contains("Weaker: ") && shown.contains("confined without user-namespace"), "\(shown)")
      let layer = await rig.explain("weak").reasons(in: "confinement").first { $0.cause.contains("user-namespace") }
      #expect(layer?.remedy.contains("max_user_namespaces") == true)
      #expect(shown.contains("Confined: ") && shown.contains("landlock (ABI "))
      await rig.ok("kill", "weak")

      // Which of what is missing comes first depends on the host's control groups.
      let refused = await rig.cli("start", "weak", "--strict")
      #expect(refused.status != 0 && refused.error.contains("strict"), "\(refused)")
      #expect(await rig.cli("start", "weak").status != 0, "it stays strict")
      let created = await rig.cli("create", "-f", "-", "--start", "--strict", input: rig.bareSpec("strict"))
      #expect(created.status != 0 && created.error.contains("strict"), "\(created)")
    }
  }

  /// vmlaunch itself goes no further than that: nothing is executed.
  @Test func vmlaunchRefusesWithoutALayerThatHasToBeThere() async throws {
    let program = Self.folder + "/confined"
    let files = try await HypervisorFiles.probe(executable: program)
    let command = ProcessPlan(
      arguments: [program, "-name", "guest=call-39"],
      descriptors: [.init(role: .null, target: 0), .init(role: .processLog, target: 1)])
    // A list that could not be compiled.
    let host = HostConfinement(host: .init(), gate: SystemCallGate([]), users: SubordinateUsers([]))
    for strict in [true, false] {
      let log = Descriptor(owning: try Errno.check(clinux_memfd("log")))
      let null = try Files.open("/dev/null", O_RDWR)
      let plan = ConfinementPlan.make(
        files: files, plan: command, accelerator: .tcg, host: host.host, user: nil, strict: strict)
      let waiting = try Launcher(path: Self.folder + "/vmlaunch").start(log: log.raw)
      do throws(Failure) {
        let executed = try waiting.launch(command, numbers: [null.raw, log.raw], plan, by: host)
        _ = try? executed.process.reap(blocking: true)
        let layers = [ConfinementLayer](executed.report, expected: plan.expected)
        #expect(
          !strict && layers.warnings(expected: plan.expected).map { $0.cause.contains("without seccomp") } == [true])
      } catch {
        #expect(strict && error.object == "seccomp" && error.remedy.contains("--strict"), "\(error)")
      }
      var text = [UInt8](repeating: 0, count: 256)
      let length = max(0, pread(log.raw, &text, text.count, 0))
      #expect((length > 0) == !strict, "\(String(decoding: text.prefix(length), as: UTF8.self))")
    }
  }

  private static let nobody = 65534

  /// A real guest, with every layer on, and what can be seen of that from outside.
  @Test func aRealGuestRunsConfined() async throws {
    try await Rig.run(settings: Rig.generous) { rig in
      await rig.boot("real", extra: "nics: [{network: default}]\ndisks: [{name: data, size: 64MiB}]")
      let shown = await rig.ok("status", "real")
      for layer in [
        "no-new-privs", "bounding-set", "user-namespace", "network-namespace", "landlock (ABI ", "seccomp (notify)",
      ] { #expect(shown.contains(layer), "\(shown)") }
      #expect(!shown.contains("confined without"), "\(shown)")
      let pid = await rig.status("real").pid
      let status = try Files.readText("/proc/\(pid)/status")
      for line in [
        "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "CapPrm:\t0000000000000000", "NoNewPrivs:\t1",
        "Seccomp:\t2", "Seccomp_filters:\t2",
      ] { #expect(status.contains(line + "\n"), "\(status)") }
      let manager = FileManager.default
      for space in ["user", "net"] {
        let own = try manager.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(space)")
        let ours = try manager.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(space)")
        #expect(own != ours, "\(space)")
      }
      // Only libraries, what came as a descriptor, and what is not a file, is mapped.
      for line in try Files.readText("/proc/\(pid)/maps").split(separator: "\n") {
        guard let slash = line.firstIndex(of: "/") else { continue }
        let path = line[slash...]
        let known = path.contains(".so") || path.hasPrefix("/usr/bin/qemu") || path.hasPrefix("/memfd:")
        #expect(known || path.hasPrefix("/dev/zero") || path == rig.image("initrd.gz"), "\(path)")
      }
      // The network works, and the guest's clock, disk and console too: the other guests' tests run like this.
      let address = await rig.status("real").address
      let ping = await rig.inNetwork("ping", "-n", "-c", "2", "-i", "0.3", "-W", "2", address)
      #expect(ping.status == 0, "\(ping.output)")
      // The supervisor can still see and signal it.
      #expect(await rig.ok("status", "real").contains("Memory: "))
      await rig.ok("kill", "real")
    }
  }
}
