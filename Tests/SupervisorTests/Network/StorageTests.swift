import Foundation
import Linux
import Testing

extension GuestTests {
  /// Pools, volumes and images, by the contract and by commands.
  @Suite(.serialized) struct PoolTests {
    @Test func aPythonClientKeepsDisksInPools() async throws {
      try await Rig.run { rig in
        try await rig.openNetwork()
        try await rig.caller("control-plane", "plane")
        let result = await rig.peer(
          "storage.py", "plane", Rig.schemas, rig.folder + "/lib/pools", rig.folder + "/images")
        try #require(result.status == 0, "\(result.error)\n\(result.output)")
        let peer = PeerAnswers(result.output)
        func answer(_ what: String) -> [String: Any] { peer.answer(what) }
        func fault(_ what: String, _ code: String, _ words: String, location: SourceLocation = #_sourceLocation) {
          let text = peer.fault(what)
          #expect(text.hasPrefix(code + ": ") && text.contains(words), "\(what): \(text)", sourceLocation: location)
        }
        let gib = 1 << 30
        func number(_ what: String, _ key: String) -> Int? {
          answer(what)[key].flatMap { $0 as? Int ?? ($0 as? String).flatMap { Int($0) } }
        }

        #expect(answer("pool")["mountPath"] as? String == rig.folder + "/lib/pools/fast", "\(answer("pool"))")
        #expect(number("pool", "totalBytes") == 8 * gib && number("same pool", "totalBytes") == 8 * gib)
        fault("other pool", "ALREADY_EXISTS", "already exists")
        fault("elsewhere", "INVALID_ARGUMENT", "pools may lie in")
        fault("relative", "INVALID_ARGUMENT", "no absolute path")
        fault("upward", "INVALID_ARGUMENT", "a part of it is . or ..")
        fault("nested", "INVALID_ARGUMENT", "the pool fast has")
        fault("bad id", "INVALID_ARGUMENT", "pool_id")
        fault("nfs", "FAILED_PRECONDITION", "LOCAL_DIR")
        fault("no type", "INVALID_ARGUMENT", "type")
        fault("no pool", "NOT_FOUND", "not found")

        #expect(number("empty file", "size") == 2 * gib && answer("empty file")["format"] as? String == "qcow2")
        #expect(number("raw file", "size") == 64 << 20 && number("raw file", "blocks") ?? 0 >= 64 << 20)
        fault("same volume", "ALREADY_EXISTS", "already exists")
        fault("too much", "RESOURCE_EXHAUSTED", "are promised")
        fault("no size", "INVALID_ARGUMENT", "size_bytes")
        fault("odd size", "INVALID_ARGUMENT", "sectors")
        fault("bad name", "INVALID_ARGUMENT", "volume_id")
        fault("bad format", "INVALID_ARGUMENT", "format")

        let images = answer("images")["images"] as? [[String: Any]] ?? []
        #expect(images.contains { $0["imageId"] as? String == "fast/images/base.qcow2" }, "\(images)")
        for what in ["of image", "raw of image", "of snapshot"] {
          // The answer of the node stands first, what is in the file behind it.
          #expect(result.output.contains("{\"what\": \"\(what)\", \"answer\": {\"same\": true}}"), "\(what)")
        }
        #expect(answer("clone")["same"] as? Bool == true)
        fault("hostile", "INVALID_ARGUMENT", "backing file")
        fault("leaves", "INVALID_ARGUMENT", "leads out of the pool")
        fault("upward image", "INVALID_ARGUMENT", "does not stay in the pool")
        fault("too small", "INVALID_ARGUMENT", "less than")
        #expect(answer("snapshot")["snapshots"] as? [String] == ["first"], "\(answer("snapshot"))")
        fault("same snapshot", "ALREADY_EXISTS", "already exists")
        fault("raw snapshot", "FAILED_PRECONDITION", "raw")
        fault("no snapshot", "NOT_FOUND", "first")
        #expect(number("resized", "size") == 512 << 20)
        fault("shrink", "INVALID_ARGUMENT", "shrinking")
        fault("outgrow", "RESOURCE_EXHAUSTED", "are promised")

        let files = (answer("files")["entries"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        #expect(files == ["images", "vms", "volumes"], "\(files)")
        let listed = answer("image files")["entries"] as? [[String: Any]] ?? []
        #expect(listed.map { $0["fileType"] as? String } == ["qcow2", "qcow2", "link"], "\(listed)")
        #expect(listed.first?["permissions"] as? String == "644", "\(listed)")
        fault("files above", "INVALID_ARGUMENT", "does not stay in the pool")
        fault("files outside", "INVALID_ARGUMENT", "leads out of the pool")
        fault("absolute files", "INVALID_ARGUMENT", "does not stay in the pool")
        fault("files of none", "NOT_FOUND", "not found")

        #expect(
          (answer("attach info")["diskXml"] as? String ?? "").contains("<source file='"), "\(answer("attach info"))")
        fault("vm too much", "RESOURCE_EXHAUSTED", "are promised")
        fault("vm no pool", "NOT_FOUND", "not found")
        #expect(number("own disk", "size") == gib)
        let volumes = answer("attached")["volumes"] as? [[String: Any]] ?? []
        #expect(
          volumes.filter { ($0["attachedTo"] as? String)?.isEmpty == false }.map { $0["volumeId"] as? String } == [
            "system"
          ], "\(volumes)")
        fault("delete used", "FAILED_PRECONDITION", "a disk of the VM pooled")
        fault("resize used", "FAILED_PRECONDITION", "which runs")
        fault("snapshot used", "ALREADY_EXISTS", "pooled uses it")
        fault("clone used", "ALREADY_EXISTS", "pooled uses it")
        fault("destroy used", "FAILED_PRECONDITION", "pooled")
        #expect(number("attached disk", "size") == gib && number("grown disk", "size") == 2 * gib)
        fault("vm outgrow", "RESOURCE_EXHAUSTED", "are promised")
        #expect(answer("detached")["left"] as? Bool == false)
        let deleted = answer("deleted")
        #expect(
          deleted["own"] as? Bool == false && deleted["folder"] as? Bool == false && deleted["volume"] as? Bool == true,
          "\(deleted)")
        fault("delete again", "NOT_FOUND", "not found")
        #expect(answer("rest")["volumes"] as? [String] == [])
        #expect(answer("no pools").isEmpty)
        #expect(answer("after")["images"] as? [String] == ["base.qcow2", "layer.qcow2", "out"])
      }
    }

    /// What a guest writes is in its volume; an image of its own in the pool comes, grows and goes.
    @Test func aGuestWritesToAVolume() async throws {
      try await Rig.run { rig in
        let folder = rig.folder + "/lib/pools/fast"
        await rig.ok("pool", "create", "fast", folder, "--capacity", "1")
        await rig.ok("volume", "create", "fast", "shelf", "--size", "16MiB")
        await rig.boot("web")
        await rig.ok("disk", "attach", "web", "--pool", "fast", "--path", "shelf", "--name", "shelf")
        await rig.ok("disk", "attach", "web", "--pool", "fast", "--name", "own", "--size", "16MiB")
        try await eventually("the guest sees both") { await rig.guestDisks("web").count == 2 }
        let device = try #require(await rig.guestDisks("web")["shelf"])
        await rig.ok("exec", "web", "--", "sh", "-c", "echo treasure >/dev/\(device); sync")
        let own = folder + "/vms/\(await rig.status("web").id)/own.qcow2"
        #expect(Files.exists(own))
        let clone = await rig.cli("volume", "clone", "fast", "shelf", "twin")
        #expect(clone.error.contains("the VM web uses it"), "\(clone.error)")
        await rig.supervisor.kill9()
        try await rig.startSupervisor()
        await rig.ok("wait", "web", "--state", "agent", "--timeout", "90")
        await rig.ok("disk", "resize", "web", "own", "32MiB")
        let outgrown = await rig.cli("disk", "resize", "web", "own", "2GiB")
        #expect(outgrown.error.contains("are promised"), "\(outgrown.error)")
        await rig.ok("disk", "detach", "web", "own", "--delete")
        await rig.ok("disk", "detach", "web", "shelf")
        #expect(!Files.exists(folder + "/vms/\(await rig.status("web").id)"))
        await rig.ok("volume", "create", "fast", "before", "--size", "1MiB", "--format", "raw")
        await rig.ok("volume", "snapshot", "fast", "shelf", "first")
        await rig.ok("volume", "create", "fast", "copy", "--snapshot", "shelf@first", "--format", "raw")
        #expect(try Files.read(folder + "/volumes/copy.raw", limit: 32 << 20).starts(with: Array("treasure\n".utf8)))
        #expect(await rig.ok("events").contains("volume copy made in pool fast by root(0)"))
        await rig.ok("delete", "web", "--force")
        #expect(await rig.ok("volume", "list", "fast", "--output", "name") == "before\ncopy\nshelf\n")
      }
    }

    /// A supervisor that is killed while it makes volumes: none is half there, and pools are as they were.
    @Test func aKilledSupervisorLeavesNoHalfVolume() async throws {
      try await Rig.run { rig in
        let folder = rig.folder + "/lib/pools/slow"
        await rig.ok("pool", "create", "slow", folder, "--capacity", "20")
        try Command.must("/bin/sh", "-c", "head -c 700M /dev/urandom >\(folder)/images/large.img")
        chmod(folder + "/images/large.img", 0o644)
        // Whoever leaves has nothing made; who leaves when it is as good as done has all of it, and tries again.
        let order = ["volume", "create", "slow", "copy", "--image", "slow/images/large.img"]
        var isGone = false
        for _ in 0..<8 where !isGone {
          let caller = try ProcessHandle.spawn(
            rig.bin + "/vmsupervisor", arguments: ["vmsupervisor"] + order,
            environment: ["PROCURATOR_SOCKET=" + rig.apiSocket], descriptors: [(2, 2)])
          try await eventually("it is being made") { try !Files.names(in: folder + "/volumes").isEmpty }
          kill(caller.pid, SIGKILL)
          _ = try caller.reap(blocking: true)
          try await eventually("it is whole or not at all") {
            let names = try Files.names(in: folder + "/volumes")
            isGone = names.isEmpty
            return isGone || names == ["copy.raw"]
          }
          if !isGone { await rig.ok("volume", "delete", "slow", "copy") }
        }
        #expect(isGone, "nobody left in time")
        let making = Task {
          await rig.cli("volume", "create", "slow", "copy", "--image", "slow/images/large.img", "--format", "qcow2")
        }
        try await eventually("it is being made") {
          ((try? Files.names(in: folder + "/volumes")) ?? []).contains { $0.hasPrefix(".new-copy") }
        }
        await rig.supervisor.kill9()
        #expect(await making.value.status != 0)
        try await rig.startSupervisor()
        try await eventually("nothing is left of it") { try Files.names(in: folder + "/volumes").isEmpty }
        #expect(await rig.ok("volume", "list", "slow", "--output", "name").isEmpty)
        let shown = await rig.ok("pool", "show", "slow", "--output", "json").filter { !$0.isWhitespace }
        #expect(shown.contains("\"promised_bytes\":0"), "\(shown)")
        await rig.ok("volume", "create", "slow", "copy", "--image", "slow/images/large.img")
        await rig.ok("volume", "clone", "slow", "copy", "twin")
        #expect(await rig.ok("volume", "list", "slow", "--output", "name") == "copy\ntwin\n")
        await rig.ok("volume", "resize", "slow", "twin", "1GiB")
        await rig.ok("volume", "delete", "slow", "copy")
        #expect(await rig.ok("pool", "files", "slow", "volumes", "--output", "name") == "volumes/twin.raw\n")
        await rig.ok("pool", "delete", "slow")
        #expect(await rig.ok("pool", "list", "--output", "name").isEmpty)
        // What was forgotten is there again.
        await rig.ok("pool", "create", "slow", folder)
        #expect(await rig.ok("volume", "list", "slow", "--output", "name") == "twin\n")
      }
    }
  }
}
