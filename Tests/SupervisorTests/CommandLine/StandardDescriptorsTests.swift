import Testing

/// A program that is started with closed descriptors 0, 1 or 2 uses nothing else in their place.
@Suite struct StandardDescriptorsTests {
  private static func shell(_ text: String) async -> Command.Result {
    await Command.run("/bin/sh", ["-c", text], environment: ["BIN": Rig.programs])
  }

  @Test(arguments: [
    "vmsupervisor --version", "vmsupervisor --help", "netd --version", "netdns --version", "vmsupervisor doctor",
  ])
  func closedOutputIsNoOtherFile(_ words: String) async {
    let closed = await Self.shell("exec $BIN/\(words) >&-")
    let full = await Self.shell("exec $BIN/\(words) >/dev/full")
    #expect(closed.output.isEmpty)
    #expect(closed.status == full.status, "\(closed.status) \(full.status) \(closed.error)")
  }

  /// The three are occupied before anything else is opened.
  @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]) func theyAreOccupied(_ closing: String) async throws {
    // A listening socket or an event queue with such a number would be seen in /proc.
    let result = await Self.shell(
      """
      exec 9>&1
      conf=$(mktemp); printf '[Supervisor]\\nStateDirectory=%s.d/lib\\nRuntimeDirectory=%s.d/run\\nMetricsListen=off\\nAllowRoot=yes\\n' $conf $conf >$conf
      mkdir -p $conf.d/lib $conf.d/run
      $BIN/vmsupervisor daemon --config $conf \(closing) 9>&- & pid=$!
      n=0; while [ ! -S $conf.d/run/vmsupervisor.sock ] && [ $n -lt 1500 ]; do sleep 0.02; n=$((n + 1)); done
      for i in 0 1 2; do echo "$i $(readlink /proc/$pid/fd/$i)" >&9; done
      kill $pid; wait $pid; rm -rf $conf $conf.d
      """)
    let places = Dictionary(
      result.output.split(separator: "\n").map { ($0.prefix(1), $0.dropFirst(2)) }, uniquingKeysWith: { $1 })
    for number in ["0", "1", "2"] where closing.contains("\(number)<&-") || closing.contains("\(number)>&-") {
      #expect(places[number[...]] == "/dev/null", "\(result.output) \(result.error)")
    }
  }

  @Test func statusSaysThatItCannotWrite() async throws {
    try await Rig.run { rig in
      func status(_ redirection: String) async -> Command.Result {
        await Command.run(
          "/bin/sh", ["-c", "exec $BIN/vmsupervisor status \(redirection)"],
          environment: ["BIN": rig.bin, "PROCURATOR_SOCKET": rig.folder + "/run/vmsupervisor.sock"])
      }
      await rig.ok("create", "-f", "-", input: rig.bareSpec("seen"))
      let (closed, full) = (await status(">&-"), await status(">/dev/full"))
      #expect(closed.error.contains("cannot write output: Bad file descriptor"), "\(closed.error)")
      #expect(full.error.contains("cannot write output: No space left on device"), "\(full.error)")
      #expect(closed.status != 0 && full.status != 0)
      let silent = await status("2>&- >&-")
      #expect(silent.status == closed.status)
      #expect(await status("<&-").output.contains("seen"))
    }
  }
}
