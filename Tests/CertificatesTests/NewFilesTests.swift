import Failure
import Foundation
import Linux
import Testing

@testable import Certificates

@Suite struct NewFilesTests {
  /// Fails at every step in turn.
  @Test(arguments: [false, true]) func nothingHalfMadeStays(replacing: Bool) async throws {
    var steps = 0
    while true {
      let folder = try TemporaryFolder()
      if replacing { for name in ["a.pem", "a.key"] { _ = try folder.file(name, "old") } }
      var left = steps
      var files = NewFiles { () throws(Errno) in
        left -= 1
        if left < 0 { throw Errno(ENOSPC) }
      }
      files.add(key: folder.path + "/a.key", "new")
      files.add(folder.path + "/a.pem", "new")
      do throws(Failure) { try files.make(replacing: replacing) } catch {
        #expect(error.errno == ENOSPC)
        let names = try folder.files().keys.sorted()
        #expect(names == (replacing ? ["a.key", "a.pem"] : []))
        for name in names { #expect(try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8) == "old") }
        steps += 1
        continue
      }
      #expect(try folder.files() == ["a.key": 0o600, "a.pem": 0o644])
      #expect(try String(contentsOfFile: folder.path + "/a.key", encoding: .utf8) == "new")
      break
    }
    #expect(steps == 6)
  }

  @Test func linksAreNotFollowedAndLeftoversGiveWay() throws {
    let folder = try TemporaryFolder()
    let victim = try folder.file("victim", "mine")
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/a.key.unfinished", withDestinationPath: victim)
    var files = NewFiles()
    files.add(key: folder.path + "/a.key", "secret")
    try files.make(replacing: false)
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
    #expect(try folder.files()["a.key"] == 0o600)
  }
}
