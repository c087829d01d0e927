import Foundation
import Linux
import Testing

extension GuestTests {
  /// Images that are fetched: by the contract and by commands, from a server that does what servers do.
  @Suite(.serialized) struct DownloadTests {
    @Test func aPythonClientFetchesImages() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("control-plane", "plane")
        try await rig.permitFetching()
        let server = try await rig.serveImages()
        await rig.ok("pool", "create", "fast", rig.pool, "--capacity", "1")
        let result = await rig.peer(
          "downloads.py", "plane", Rig.schemas, rig.pool, Rig.imageURL, try rig.digest("a.img"))
        try #require(result.status == 0, "\(result.error)\n\(result.output)")
        let peer = PeerAnswers(result.output)
        func answer(_ what: String) -> [String: Any] { peer.answer(what) }
        func fault(_ what: String, _ code: String, _ words: String, location: SourceLocation = #_sourceLocation) {
          let text = peer.fault(what)
          #expect(text.hasPrefix(code + ": ") && text.contains(words), "\(what): \(text)", sourceLocation: location)
        }
        func failed(_ what: String, _ words: String, location: SourceLocation = #_sourceLocation) {
          let told = answer(what)
          #expect(
            told["status"] as? String == "STATUS_FAILED" && (told["error"] as? String)?.contains(words) == true,
            "\(what): \(told)", sourceLocation: location)
        }

        for what in ["fetched", "status", "same again", "by folder", "copied"] {
          #expect(answer(what)["status"] as? String == "STATUS_COMPLETED", "\(what): \(answer(what))")
          #expect(answer(what)["progressPercent"] as? Int == 100, "\(what): \(answer(what))")
        }
        #expect(answer("fetched")["imageId"] as? String == "debian")
        #expect(answer("fetched")["path"] as? String == rig.pool + "/images/a.img", "\(answer("fetched"))")
        for what in ["fetched way", "by folder way", "copied way"] {
          #expect(answer(what).values.allSatisfy { $0 as? Bool == true }, "\(what): \(answer(what))")
        }
        // Each connection asked for what was not there yet.
        let ranges = try rig.requests("breaking")
        #expect(
          ranges.count >= 4 && ranges[0] == "200 -" && ranges.dropFirst().allSatisfy { $0.hasPrefix("206 bytes=") },
          "\(ranges)")
        let images = answer("images")["images"] as? [[String: Any]] ?? []
        #expect(images.map { $0["imageId"] as? String } == ["fast/images/a.img"], "\(images)")
        fault("other content", "ALREADY_EXISTS", "another")
        fault("taken", "ALREADY_EXISTS", "already exists")

        failed("wrong sum", "and not the checksum")
        failed("packed", "compressed with gzip")
        failed("backing", "backing file")
        failed("loop", "10 times")
        failed("inside", "the host's own")
        failed("large", "the pool has room for")
        failed("missing", "404")
        failed("silent", "without a byte")
        fault("ftp", "INVALID_ARGUMENT", "use http, https")
        fault("password", "INVALID_ARGUMENT", "a password")
        #expect(!peer.fault("password").contains("secret"))
        fault("outside", "INVALID_ARGUMENT", "in no pool")
        fault("gz", "INVALID_ARGUMENT", "packed")
        fault("up", "INVALID_ARGUMENT", "filename")
        fault("md5", "INVALID_ARGUMENT", "sha256 or sha512")
        fault("no pool", "NOT_FOUND", "not found")
        fault("no folder", "INVALID_ARGUMENT", "target_dir")
        fault("private", "PERMISSION_DENIED", "FetchFrom=")
        fault("no status", "NOT_FOUND", "no download")
        fault("no cancel", "NOT_FOUND", "no download")
        fault("cancel late", "FAILED_PRECONDITION", "there already")

        #expect((answer("coming")["part"] as? [String])?.count == 1, "\(answer("coming"))")
        #expect(answer("cancelled")["left"] as? [String] == ["a.img", "b.img", "c.raw"], "\(answer("cancelled"))")
        for what in ["cancelled stream", "cancelled status"] {
          #expect(answer(what)["status"] as? String == "STATUS_CANCELLED", "\(what): \(answer(what))")
        }
        #expect(rig.fetchers().isEmpty, "what was cancelled goes on")
        #expect(await rig.ok("events").contains("image a.img fetched into pool fast by plane[control-plane]"))

        // A guest finds in its disk what the server has.
        await rig.boot("web")
        await rig.ok("disk", "attach", "web", "--pool", "fast", "--path", "made", "--name", "made")
        try await eventually("the guest sees it") { await rig.guestDisks("web").count == 1 }
        let device = try #require(await rig.guestDisks("web")["made"])
        let seen = await rig.ok("exec", "web", "--", "sh", "-c", "sha256sum /dev/\(device)")
        #expect(seen.hasPrefix(try rig.digest("a.img")), "\(seen)")
        let used = await rig.cli("image", "delete", "fast", "a.img")
        #expect(used.status == 1 && used.error.contains("the VM layered uses it"), "\(used.error)")
        await rig.ok("delete", "layered")
        await rig.ok("image", "delete", "fast", "a.img")
        await rig.ok("delete", "web", "--force")
        await server.stop()
      }
    }

    /// A supervisor that is killed while it fetches: the next one goes on where that has ended.
    @Test func aKilledSupervisorGoesOn() async throws {
      try await Rig.run { rig in
        try await rig.permitFetching()
        let server = try await rig.serveImages()
        await rig.ok("pool", "create", "fast", rig.pool)
        let digest = try rig.digest("a.img")
        await rig.ok(
          "image", "fetch", Rig.imageURL + "/trickle/a.img", "--pool", "fast", "--sha256", digest, "--job", "j",
          "--no-wait")
        let part = rig.pool + "/images/.fetch-j"
        func size() -> UInt64 {
          var status = stat()
          return stat(part, &status) == 0 ? UInt64(status.st_size) : 0
        }
        try await eventually("some of it is there") {
          // What it would begin again without is written down by then too.
          let record = try? Files.readText(rig.folder + "/lib/download-records/j.json")
          return size() > 1 << 20 && record?.contains("\"validator\" : \"\\\"") == true
        }
        await rig.supervisor.kill9()
        try await eventually("vmfetch ends by itself") { rig.fetchers().isEmpty }
        let there = size()
        // What nobody knows goes.
        try Files.replace(rig.pool + "/images/.fetch-forgotten", with: [1])
        try await rig.startSupervisor()
        try await eventually("it is whole") {
          await rig.cli("image", "status", "j", "--output", "json").output.contains("\"completed\"")
        }
        let ranges = try rig.requests("trickle")
        #expect(ranges.count >= 2 && ranges[0] == "200 -" && ranges[1] == "206 bytes=\(there)-", "\(ranges)")
        #expect(try rig.digest("a.img", in: rig.pool + "/images") == digest)
        #expect(try Files.names(in: rig.pool + "/images") == ["a.img"])
        #expect(await rig.ok("image", "list", "--output", "name") == "fast/images/a.img\n")
        // What is over is known to the next one too.
        await rig.supervisor.stop()
        try await rig.startSupervisor()
        #expect(await rig.ok("image", "status", "j", "--output", "json").contains("\"completed\""))
        await rig.ok("image", "delete", "fast", "a.img")
        #expect(try Files.names(in: rig.pool + "/images").isEmpty)
        let again = await rig.cli("image", "delete", "fast", "a.img")
        #expect(again.status == 4 && again.error.contains("not found"), "\(again.error)")
        await server.stop()
      }
    }

    /// Servers that are trusted, and those that are not.
    @Test func serversAreTrustedByTheirAuthority() async throws {
      try await Rig.run { rig in
        try rig.makeAuthority("good")
        try rig.makeAuthority("bad")
        try await rig.permitFetching(authorities: "good")
        await rig.ok("pool", "create", "fast", rig.pool)
        let trusted = try await rig.serveImages(port: 8443, authority: "good")
        await rig.ok("image", "fetch", "https://localhost:8443/plain/a.img", "--pool", "fast")
        #expect(try rig.digest("a.img", in: rig.pool + "/images") == rig.digest("a.img"))
        // Its certificate is of another name.
        let other = await rig.cli(
          "image", "fetch", "https://127.0.0.1:8443/plain/a.img", "--pool", "fast", "--name", "b.img")
        #expect(other.status == 5 && other.error.contains("not trusted"), "\(other.error)")
        let down = await rig.cli(
          "image", "fetch", "https://localhost:8443/down/a.img", "--pool", "fast", "--name", "b.img")
        #expect(down.error.contains("from https to http"), "\(down.error)")
        await trusted.stop()
        let stranger = try await rig.serveImages(port: 8443, authority: "bad")
        let refused = await rig.cli(
          "image", "fetch", "https://localhost:8443/plain/a.img", "--pool", "fast", "--name", "b.img")
        #expect(refused.status == 5 && refused.error.contains("FetchAuthorities="), "\(refused.error)")
        await stranger.stop()
        #expect(try Files.names(in: rig.pool + "/images") == ["a.img"])
      }
    }

    /// Parts that are of another version, of a file without an end, or that nobody has asked for: none of them becomes bytes.
    @Test func partsAreOfTheSameFileOrRefused() async throws {
      try await Rig.run { rig in
        try await rig.permitFetching()
        let server = try await rig.serveImages()
        await rig.ok("pool", "create", "fast", rig.pool)
        for (mood, words) in [
          ("unasked", "another part than it was asked for"), ("unsized", "does not say of how much"),
          ("mixing", "begin again 5 times"),
        ] {
          let result = await rig.cli("image", "fetch", Rig.imageURL + "/\(mood)/a.img", "--pool", "fast")
          #expect(result.status != 0 && result.error.contains(words), "\(mood): \(result.error)")
        }
        #expect(try rig.requests("unasked") == ["206 -"])
        #expect(try rig.requests("unsized").map { $0.prefix(3) } == ["200", "206"])
        let mixed = try rig.requests("mixing").map { $0.prefix(3) }
        #expect(mixed == (0..<12).map { $0 % 2 == 0 ? "200" : "206" }, "\(mixed)")
        #expect(try Files.names(in: rig.pool + "/images").isEmpty)
        await server.stop()
      }
    }

    /// What the host lets nothing out to is said with its remedy, and tried once.
    @Test func whatTheHostForbidsIsSaid() async throws {
      try await Rig.run { rig in
        try await rig.permitFetching(from: "127.0.0.9")
        await rig.ok("pool", "create", "fast", rig.pool)
        // As IPAddressDeny= does it: the packets are dropped, and connections hear nothing of it.
        try Command.must(
          "/usr/sbin/ip", "netns", "exec", rig.namespace, "/usr/sbin/nft",
          "add table ip deny; add chain ip deny out { type filter hook output priority 0; }; "
            + "add rule ip deny out ip daddr 127.0.0.9 drop")
        let result = await rig.cli("image", "fetch", "http://127.0.0.9:8090/plain/a.img", "--pool", "fast")
        #expect(result.status == 5 && result.error.contains("IPAddressAllow="), "\(result.error)")
        #expect(!result.error.contains("times in a row"), "\(result.error)")
        #expect(try Files.names(in: rig.pool + "/images").isEmpty)
      }
    }

    /// Without a word of the administrator nothing is asked that listens on the host or beside it.
    @Test func nothingIsAskedInside() async throws {
      try await Rig.run { rig in
        try await rig.permitFetching(from: nil)
        let server = try await rig.serveImages()
        await rig.ok("pool", "create", "fast", rig.pool)
        for host in [
          "127.0.0.1", "[::1]", "169.254.169.254", "192.168.0.1", "[::ffff:127.0.0.1]", "2130706433", "localhost",
        ] {
          let result = await rig.cli("image", "fetch", "http://\(host):8090/plain/a.img", "--pool", "fast")
          #expect(result.status == 5 && result.error.contains("FetchFrom="), "\(host): \(result.error)")
        }
        #expect(try rig.requests("plain").isEmpty)
        #expect(try Files.names(in: rig.pool + "/images").isEmpty)
        await server.stop()
      }
    }
  }
}
