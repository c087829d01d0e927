import Foundation
import Linux
import Seeded
import Testing

/// Guests whose file systems are frozen: writes are held back, others are told, and they are thawed whatever happens.
extension GuestTests {
  @Suite(.serialized) struct FreezeTests {
    /// A guest with a file system on a disk, in which somebody writes all the time and counts in memory how often.
    private func bootWriter(_ rig: Rig, _ name: String) async {
      await rig.boot(name, extra: "disks: [{size: 16MiB, format: raw}]")
      let writer = "n=0; while echo $n >/data/n && sync /data/n; do n=$((n+1)); echo $n >/run/n; usleep 20000; done"
      await rig.ok(
        "exec", name, "--", "sh", "-c",
        "mke2fs /dev/vda >/dev/null && mount /dev/vda /data && (\(writer)) </dev/null >/dev/null 2>&1 &")
      try? await eventually("it writes") { await count(rig, name) > 0 }
    }

    private func count(_ rig: Rig, _ name: String) async -> Int {
      Int(await rig.inGuest(name, "cat /run/n").filter(\.isNumber)) ?? 0
    }

    /// Whether the counter goes on.
    private func writes(_ rig: Rig, _ name: String) async throws {
      let before = await count(rig, name)
      try await eventually("it writes again") { await count(rig, name) > before + 2 }
    }

    private func isFrozen(_ rig: Rig, _ name: String) async -> Bool {
      await rig.status(name).warnings.contains { $0.contains("frozen until") }
    }

    @Test func writesAreHeldBackUntilTheThaw() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "one")
        // What the guest says of its disk by itself, without the agent, which is frozen too: the counter is printed.
        await rig.ok(
          "exec", "one", "--", "sh", "-c",
          "(while :; do echo count $(cat /run/n) >/dev/ttyS0; usleep 100000; done) </dev/null >/dev/null 2>&1 &")
        let refused = await rig.cli("freeze", "one", "--mount", "/nowhere")
        #expect(refused.status == 1 && refused.error.contains("/data"), "\(refused.status) \(refused.error)")
        let token = await rig.ok("freeze", "one", "--mount", "/data", "--timeout", "300").filter { !$0.isWhitespace }
        #expect(token.count == 32)
        try await Task.sleep(for: .seconds(1))
        let mark = await rig.lastCount("one")
        try await Task.sleep(for: .seconds(2))
        #expect(await rig.lastCount("one") == mark, "nobody writes")

        // Everybody is told at once.
        for words in [["exec", "one", "--", "true"], ["sync-time", "one"], ["freeze", "one"]] {
          let told = await Command.run(
            rig.bin + "/vmsupervisor", words, environment: ["PROCURATOR_SOCKET": rig.apiSocket])
          #expect([1, 3].contains(told.status) && told.error.contains("frozen until"), "\(words): \(told.error)")
        }
        #expect(await isFrozen(rig, "one"))
        let wrong = await rig.cli("thaw", "one", "--token", "0123")
        #expect(wrong.status == 1 && wrong.error.contains("present freeze"), "\(wrong.error)")
        #expect(await rig.lastCount("one") == mark)

        let thawed = await rig.cli("thaw", "one", "--token", token)
        #expect(thawed.status == 0 && thawed.output == "one: thawed\n", "\(thawed.error)")
        try await writes(rig, "one")
        #expect(await isFrozen(rig, "one") == false)
        #expect(await rig.cli("thaw", "one").status == 1, "nothing is frozen")
        // Nor does the guest's timer wait any more.
        #expect(await rig.inGuest("one", "grep -ls procurator-tha[w] /proc/[0-9]*/cmdline | wc -l") == "0\n")
        let events = await rig.ok("events", "one")
        #expect(events.contains("file systems frozen for at most 5m00s: /data"), "\(events)")
        #expect(events.contains("file systems thawed after"), "\(events)")
      }
    }

    @Test func theTimeIsKeptBySupervisorAndGuest() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "two")
        // By the supervisor that froze.
        await rig.ok("freeze", "two", "--timeout", "2")
        try await eventually("it thaws") { await !isFrozen(rig, "two") }
        try await writes(rig, "two")
        #expect(await rig.ok("events", "two").contains("thawed because their time is up"))

        // By the guest itself: nobody else is there. It says so on its console, which the next supervisor reads.
        await rig.ok(
          "exec", "two", "--", "sh", "-c",
          "(while :; do echo count $(cat /run/n) >/dev/ttyS0; sleep 1; done) </dev/null >/dev/null 2>&1 &")
        await rig.ok("freeze", "two", "--timeout", "6")
        let frozenAt = await rig.lastCount("two")
        await rig.supervisor.kill9()
        try await Task.sleep(for: .seconds(12))
        try await rig.startSupervisor()
        // Nothing but the guest has thawed by now, or the count could not have moved while nobody was there.
        try await eventually("its agent works again") { await rig.cli("exec", "two", "--", "true").status == 0 }
        let lines = await rig.counts("two")
        #expect((lines.last ?? 0) > frozenAt + 5, "\(frozenAt): \(lines)")
        try await eventually("an event says it") {
          await rig.ok("events", "two").contains("thawed before by the guest itself")
        }

        // By the record: the guest's timer is killed.
        await rig.ok("freeze", "two", "--timeout", "300")
        #expect(await rig.supervisorKilledWithFreeze("two", left: 1))
        try await rig.startSupervisor()
        try await eventually("it thaws") { await !isFrozen(rig, "two") }
        try await writes(rig, "two")
      }
    }

    @Test func aFrozenGuestGoesDown() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "three")
        await rig.ok("freeze", "three")
        await rig.ok("stop", "three", "--timeout", "60")
        #expect(await rig.status("three").state == "stopped")
        #expect(await rig.ok("events", "three").contains("thawed because the guest is to power off"))

        await rig.ok("start", "three")
        await rig.ok("wait", "three", "--state", "agent", "--timeout", "90")
        await rig.ok("exec", "three", "--", "mount", "/dev/vda", "/data")
        await rig.ok("freeze", "three")
        await rig.ok("kill", "three")
        await rig.ok("wait", "three", "--state", "stopped", "--timeout", "30")
        await rig.ok("start", "three")
        await rig.ok("wait", "three", "--state", "agent", "--timeout", "90")
        #expect(await rig.cli("exec", "three", "--", "true").status == 0)
        #expect(await isFrozen(rig, "three") == false)
      }
    }

    /// A guest whose programs lie on the frozen file system too: those that thaw have only to be read.
    @Test func programsOnAFrozenFileSystemThawIt() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "five")
        await rig.ok(
          "exec", "five", "--", "sh", "-c",
          "cp -a /bin /data/bin && mount --bind /data/bin /bin && sync && echo 3 >/proc/sys/vm/drop_caches")
        await rig.ok("freeze", "five", "--timeout", "4")
        await rig.supervisor.kill9()
        try await Task.sleep(for: .seconds(8))
        try await rig.startSupervisor()
        try await eventually("the guest has done it") {
          await rig.ok("events", "five").contains("thawed before by the guest itself")
        }
        try await writes(rig, "five")
      }
    }

    /// Guests that cannot thaw themselves, stand still, or begin again.
    @Test func whateverAGuestDoesMeanwhileItIsThawed() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "six")
        // The shell of busybox has its programs in itself.
        await rig.ok("exec", "six", "--", "busybox", "mv", "/bin/sh", "/run/sh")
        let unarmed = await rig.cli("freeze", "six", "--timeout", "2")
        #expect(unarmed.status == 0 && unarmed.error.contains("only the supervisor thaws it"), "\(unarmed.error)")
        try await eventually("it thaws") { await !isFrozen(rig, "six") }
        await rig.ok("exec", "six", "--", "busybox", "mv", "/run/sh", "/bin/sh")
        try await writes(rig, "six")

        // Its time is up while nobody in it hears anything.
        await rig.ok("freeze", "six", "--timeout", "6")
        await rig.ok("pause", "six")
        #expect(await rig.cli("freeze", "six").status == 1)
        try await Task.sleep(for: .seconds(7))
        #expect(await isFrozen(rig, "six"))
        await rig.ok("resume", "six")
        try await eventually("it thaws") { await !isFrozen(rig, "six") }
        try await writes(rig, "six")

        await rig.ok("freeze", "six", "--timeout", "500")
        await rig.ok("reboot", "six", "--hard")
        try await eventually("nothing is frozen") { await !isFrozen(rig, "six") }
        await rig.ok("wait", "six", "--state", "agent", "--timeout", "90")
        try await eventually("its agent works") { await rig.cli("exec", "six", "--", "true").status == 0 }
        // Where nothing can be frozen, nothing is.
        let empty = await rig.cli("freeze", "six")
        #expect(empty.status == 1 && empty.error.contains("mount a file system"), "\(empty.error)")
        #expect(await rig.cli("exec", "six", "--", "true").status == 0)
      }
    }

    /// The supervisor dies at random moments of a freeze and of a thaw: in time everything goes on, and no record says else.
    @Test func killsInTheMiddleOfAFreezeAreThawed() async throws {
      var random = SeededRandom("freezes that are killed")
      try await Rig.run { rig in
        await bootWriter(rig, "seven")
        let binary = rig.bin + "/vmsupervisor"
        for round in 0..<6 {
          if round % 2 == 1 { await rig.ok("freeze", "seven", "--timeout", "4") }
          let words = round % 2 == 1 ? ["thaw", "seven"] : ["freeze", "seven", "--timeout", "4"]
          let nap = Duration.milliseconds(Int.random(in: 0...400, using: &random))
          let environment = ["PROCURATOR_SOCKET": rig.apiSocket]
          let job = Task { await Command.run(binary, words, environment: environment) }
          try await Task.sleep(for: nap)
          await rig.supervisor.kill9()
          _ = await job.value
          try await rig.startSupervisor()
          try await eventually("it is thawed after \(words) and \(nap)") { await !isFrozen(rig, "seven") }
          try await eventually("its agent works") { await rig.cli("exec", "seven", "--", "true").status == 0 }
          try await writes(rig, "seven")
          let record = String(decoding: try Files.read(await rig.record("seven")), as: UTF8.self)
          #expect(!record.contains("\"freeze\""), "\(record)")
        }
        // No timer waits for ever.
        try await eventually("no timer is left") {
          await rig.inGuest("seven", "grep -ls procurator-tha[w] /proc/[0-9]*/cmdline | wc -l") == "0\n"
        }
      }
    }

    @Test func scriptsAreRunBeforeAndAfter() async throws {
      try await Rig.run { rig in
        await bootWriter(rig, "four")
        let folder = "/etc/qemu/fsfreeze-hook.d"
        await rig.ok(
          "exec", "four", "--", "sh", "-c",
          "mkdir -p \(folder); printf '#!/bin/sh\\necho $1 >>/run/hooks\\n' >\(folder)/10-a; chmod 755 \(folder)/10-a")
        await rig.ok("freeze", "four", "--scripts")
        await rig.ok("thaw", "four", "--scripts")
        #expect(await rig.inGuest("four", "cat /run/hooks") == "freeze\nthaw\n")
        await rig.ok(
          "exec", "four", "--", "sh", "-c",
          "printf '#!/bin/sh\\necho no >&2; exit 9\\n' >\(folder)/20-b; chmod 755 \(folder)/20-b")
        let refused = await rig.cli("freeze", "four", "--scripts")
        #expect(refused.status != 0 && refused.error.contains("20-b freeze ended with 9"), "\(refused.error)")
        try await writes(rig, "four")
        try await eventually("what was halted goes on") {
          await rig.inGuest("four", "cat /run/hooks") == "freeze\nthaw\nfreeze\nthaw\n"
        }
      }
    }
  }
}

extension Rig {
  /// The numbers that a guest has printed, `count N` a line.
  fileprivate func counts(_ vm: String) async -> [Int] {
    await ok("logs", vm, "-n", "2000").split(whereSeparator: \.isNewline).compactMap { line in
      line.hasPrefix("count ") ? Int(line.dropFirst(6).filter(\.isNumber)) : nil
    }
  }

  fileprivate func lastCount(_ vm: String) async -> Int { await counts(vm).last ?? 0 }

  /// Ends the supervisor, and has the record of the freeze end that many seconds from now.
  /// - Returns: whether the record had one.
  fileprivate func supervisorKilledWithFreeze(_ vm: String, left seconds: Double) async -> Bool {
    let record = await record(vm)
    await supervisor.kill9()
    var hadFreeze = false
    try? rewrite(record) { whole in
      guard var freeze = whole["freeze"] as? [String: Any], var end = freeze["end"] as? [String: Any] else { return }
      hadFreeze = true
      end["sinceBoot"] = Clock.sinceBoot() + seconds
      freeze["end"] = end
      whole["freeze"] = freeze
    }
    return hadFreeze
  }
}
