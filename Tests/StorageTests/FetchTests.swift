import Failure
import Linux
import Storage
import Testing

/// Where images are fetched from, and what follows on answers.
@Suite struct FetchTests {
  private func url(_ text: String) throws -> FetchURL { try FetchURL(text, "fetch") }

  @Test(arguments: [
    ("https://Example.org", "https://example.org/"), ("http://example.org:80/a", "http://example.org/a"),
    ("https://example.org:8443/a?b=c#d", "https://example.org:8443/a?b=c"), ("http://[::1]:81/x", "http://[::1]:81/x"),
    ("http://example.org?x", "http://example.org/?x"), ("HTTP://a.b/C", "http://a.b/C"),
  ])
  func urlsAreReadInOneSpelling(_ text: String, _ read: String) throws { #expect(try url(text).text == read) }

  @Test(arguments: [
    "", "a", "ftp://a/b", "file:///etc/passwd", "http:/a", "http://", "http://u:p@host/", "http://a b/", "http://a/\n",
    "http://a:0/", "http://a:99999/", "http://a:x/", "http://[::1/", "http://[x]/", "http://a\\@b/", "http://ä/",
    "http://.a/", "gopher://a/", "http://a/\u{7f}", "http://a\\b", "http://a/b\\c",
  ])
  func whatIsNoURLIsRefused(_ text: String) { #expect(throws: Failure.self) { try url(text) } }

  @Test func secretsAreNotShown() {
    #expect(FetchURL.shown("http://me:secret@host/a?token=x") == "http://...@host/a")
    #expect(FetchURL.shown("https://host/a?token=x#y") == "https://host/a")
  }

  @Test func redirectionsAreResolved() throws {
    let from = try url("https://a.example/x/y?z")
    for (location, whole) in [
      ("/p", "https://a.example/p"), ("p", "https://a.example/x/p"), ("?q", "https://a.example/x/y?q"),
      ("//b.example/p", "https://b.example/p"), ("https://b.example:444/p", "https://b.example:444/p"),
    ] {
      #expect(try from.redirected(to: location, "fetch").text == whole, "\(location)")
    }
    for location in ["http://a.example/p", "file:///etc/passwd", "ftp://x/y", "https://u@b/", ""]
    where !location.isEmpty {
      #expect(throws: Failure.self, "\(location)") { try from.redirected(to: location, "fetch") }
    }
    let told = #expect(throws: Failure.self) {
      try url("https://a.example/x?token=s").redirected(to: "http://b/y?token=t", "fetch")
    }
    #expect(told.map { !"\($0)".contains("token") } == true, "\(String(describing: told))")
    #expect(try url("http://a/").redirected(to: "https://b/c", "fetch").scheme == .https)
  }

  @Test func addressesOfTheInternetAreTheDefault() throws {
    let (sources, wrong) = FetchSources.parse(["public"])
    #expect(wrong == nil && !sources.isNone)
    for text in ["1.1.1.1", "151.101.2.132", "2606:4700::1111", "172.32.0.1", "100.128.0.1", "192.169.0.1"] {
      #expect(sources.objection(to: try #require(FetchAddress(text))) == nil, "\(text)")
    }
    for text in [
      "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
      "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fd00::1",
      "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:1::", "64:ff9b::7f00:1", "fec0::1",
    ] {
      #expect(sources.objection(to: try #require(FetchAddress(text))) != nil, "\(text)")
    }
    #expect(sources.objection(to: FetchAddress(v4: 0x7f00_0001)) != nil)
    // The same, as IPv6 has it.
    #expect(sources.objection(to: FetchAddress(IPv6Address(high: 0, low: 0xffff_7f00_0001))) != nil)
  }

  @Test func theAdministratorPermitsOthers() throws {
    let (sources, wrong) = FetchSources.parse(["192.168.7.0/24", "fd00:1::/32", "127.0.0.1"])
    #expect(wrong == nil)
    for (text, isPermitted) in [
      ("192.168.7.9", true), ("192.168.8.9", false), ("fd00:1::5", true), ("fd00:2::5", false), ("127.0.0.1", true),
      ("127.0.0.2", false), ("1.1.1.1", false),
    ] {
      #expect((sources.objection(to: try #require(FetchAddress(text))) == nil) == isPermitted, "\(text)")
    }
    #expect(FetchSources.parse(["none"]).sources.isNone)
    for words in [["none", "public"], ["example.org"], ["10.0.0.1/8"], ["10.0.0.0/33"], ["::/129"], ["10.0.0.0/08"]] {
      #expect(FetchSources.parse(words).wrong != nil, "\(words)")
    }
  }

  private func report(_ text: String) -> FetchReport { FetchReport(Array(text.utf8)) }

  @Test func reportsAreReadAsFarAsTheyAre() {
    let whole = report("status 200\nvalidator \"a b\"\ntotal 12\nend whole No error\n")
    #expect(whole.status == 200 && whole.total == 12 && whole.validator == "\"a b\"" && whole.end == .whole)
    let cut = report("status 206\nvalidator \"a\"\ntotal 12")
    #expect(cut.status == 206 && cut.total == nil && cut.end == nil)
    #expect(report("") == FetchReport() && report("end nonsense x\n").end == nil)
    #expect(report("status x\ntotal -1\nlocation /a b\n").location == "/a b")
  }

  private func decide(
    _ attempts: inout FetchAttempts, _ text: String, before: UInt64 = 0, now: UInt64 = 0, validator: String = ""
  ) throws -> FetchDecision {
    attempts.decide(
      report(text), url: try url("https://a/b"), validator: validator, before: before, now: now, most: 100, "fetch")
  }

  @Test func answersAreFollowed() throws {
    var attempts = FetchAttempts()
    #expect(try decide(&attempts, "status 200\ntotal 5\nend whole\n", now: 5) == .done)
    #expect(try decide(&attempts, "status 200\nend whole\n", now: 7) == .done)
    #expect(try decide(&attempts, "status 302\nlocation /c\nend status\n") == .elsewhere(try url("https://a/c")))
    #expect(try decide(&attempts, "status 416\nend status\n", before: 5, now: 5) == .fromStart)
    // A server that keeps to ranges and not to versions.
    let mixed = "status 206\nvalidator \"2\"\ntotal 9\nend whole\n"
    #expect(try decide(&attempts, mixed, before: 5, now: 9, validator: "\"1\"") == .fromStart)
    for (text, code) in [
      ("status 404\nend status\n", Failure.Code.notFound), ("status 403\nend status\n", .denied),
      ("status 416\nend status\n", .protocol), ("status 302\nend status\n", .protocol),
      ("status 200\ntotal 101\nend most\n", .exhausted), ("end certificate x\n", .denied), ("end disk x\n", .exhausted),
      ("end refused x\n", .protocol), ("status 302\nlocation http://a/\nend status\n", .state),
    ] {
      guard case .fail(let failure) = try decide(&attempts, text) else {
        Issue.record("\(text) does not fail")
        continue
      }
      #expect(failure.code == code, "\(text): \(failure)")
    }
  }

  @Test func fruitlessAttemptsEnd() throws {
    var attempts = FetchAttempts()
    let broken = "status 200\ntotal 50\nend interrupted x\n"
    #expect(try decide(&attempts, broken) == .again(after: .seconds(1)))
    #expect(try decide(&attempts, broken) == .again(after: .seconds(2)))
    // A byte more, and patience begins again.
    #expect(try decide(&attempts, broken, before: 0, now: 1) == .again(after: .seconds(1)))
    #expect(try decide(&attempts, "status 503\nend status\n", before: 1, now: 1) == .again(after: .seconds(2)))
    #expect(try decide(&attempts, "", before: 1, now: 1) == .again(after: .seconds(4)))
    // What ends early without a word is not whole.
    guard case .fail(let failure) = try decide(&attempts, "status 200\ntotal 9\nend whole\n", before: 1, now: 1) else {
      Issue.record("it goes on for ever")
      return
    }
    #expect(failure.code == .unavailable)
  }

  /// A server that drives us in a circle, with an answer that nothing was asked for or with ever new versions.
  @Test func beginningAgainEnds() throws {
    func refusal(_ decision: FetchDecision) -> Failure? {
      if case .fail(let failure) = decision { failure } else { nil }
    }
    var attempts = FetchAttempts()
    let part = "status 206\nvalidator \"2\"\nend refused the server sends another part than it was asked for\n"
    #expect(refusal(try decide(&attempts, part))?.code == .protocol)
    #expect(refusal(try decide(&attempts, part, validator: "\"1\""))?.code == .protocol)
    for turn in 0..<FetchAttempts.mostRestarts {
      let text = turn % 2 == 0 ? part : "status 416\nend status\n"
      #expect(try decide(&attempts, text, before: 5, now: 5, validator: "\"1\"") == .fromStart)
    }
    let last = refusal(try decide(&attempts, part, before: 5, now: 5, validator: "\"1\""))
    #expect(last?.code == .protocol && last?.cause.contains("5 times") == true, "\(String(describing: last))")
    // What is too large is said in words alone.
    let large = refusal(try decide(&attempts, "status 200\nend most 18446744073709551615\n"))
    #expect(large?.cause.hasPrefix("it has 18446744073709551615 bytes") == true, "\(String(describing: large))")
  }

  @Test func redirectionsEnd() throws {
    var attempts = FetchAttempts()
    let moved = "status 301\nlocation /b\nend status\n"
    for _ in 0..<10 { #expect(try decide(&attempts, moved) == .elsewhere(try url("https://a/b"))) }
    guard case .fail = try decide(&attempts, moved) else {
      Issue.record("it goes on for ever")
      return
    }
  }

  @Test func checksumsAreReadStrictly() throws {
    let hex = String(repeating: "aB", count: 32)
    let one = try #require(try FetchChecksum.parse(hex, type: "SHA-256", "fetch"))
    #expect(one.kind == .sha256 && one.hex == hex.lowercased())
    #expect(try FetchChecksum.parse(hex, type: "", "fetch") == one)
    #expect(try FetchChecksum.parse(hex + hex, type: "", "fetch")?.kind == .sha512)
    #expect(try FetchChecksum.parse("", type: "", "fetch") == nil)
    for (text, type) in [
      ("", "sha256"), (hex, "sha512"), (hex, "md5"), ("00", ""), (String(hex.dropLast()) + "g", "sha256"), ("xyz", ""),
      (String(repeating: "\u{ff11}", count: 64), "sha256"),
    ] {
      #expect(throws: Failure.self, "\(text) \(type)") { try FetchChecksum.parse(text, type: type, "fetch") }
    }
  }

  @Test func sourcesAreServersOrFiles() throws {
    #expect(try FetchSource("/srv/pool/a.img", "fetch") == .file("/srv/pool/a.img"))
    #expect(try FetchSource("file:///srv/a%20b.img", "fetch") == .file("/srv/a b.img"))
    #expect(try FetchSource("file://localhost/srv/a", "fetch") == .file("/srv/a"))
    #expect(try FetchSource("https://a/x%2Ey.img?t=1", "fetch").fileName == "x.y.img")
    for text in [
      "", "file://other/a", "file:///a/../b", "/a/../../etc/passwd", "a.img", "file:///%zz", "file:///a%00b",
    ] {
      #expect(throws: Failure.self, "\(text)") { try FetchSource(text, "fetch") }
    }
    for name in ["a.qcow2", "a.b.raw", "a.img", "A.iso"] { try ImageName.check(name, "fetch") }
    for name in ["a", "a.gz", "img", ".img", "a/b.img", "..", "a.img.xz", "a.vmdk", ""] {
      #expect(throws: Failure.self, "\(name)") { try ImageName.check(name, "fetch") }
    }
  }
}
