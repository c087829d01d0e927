import Testing

@testable import NodeCore

/// The password of a viewer, and how it is greeted until that is known.
struct VNCPasswordTests {
  /// Vectors that were published with the standard's tests (NBS Special Publication 500-20, and Ronald Rivest's walk through it).
  @Test func blocksAreEncrypted() {
    let rows: [(key: UInt64, plain: UInt64, sealed: UInt64)] = [
      (0x1334_5779_9bbc_dff1, 0x0123_4567_89ab_cdef, 0x85e8_1354_0f0a_b405),
      (0, 0, 0x8ca6_4de9_c1b1_23a7), (.max, .max, 0x7359_b216_3e4e_dc58),
      (0x7ca1_1045_4a1a_6e57, 0x01a1_d6d0_3977_6742, 0x690f_5b0d_9a26_939b),
      (0x0131_d961_9dc1_376e, 0x5cd5_4ca8_3def_57da, 0x7a38_9d10_354b_d271),
    ]
    for row in rows { #expect(DES.encrypt(row.plain, key: row.key) == row.sealed) }
  }

  @Test func aPasswordCountsOnce() {
    let challenge = (0..<16).map { UInt8($0) }
    var passwords = OneTimePasswords()
    let (first, second) = ("abcdefgh", "ijk")
    func judge(_ password: String, at now: Double) -> OneTimePasswords.Verdict {
      passwords.judge(VNCPassword.answer(to: challenge, password), to: challenge, now: now)
    }
    #expect(judge(first, at: 0) == .noneIsValid)
    passwords.add(first, until: 10)
    passwords.add(second, until: 20)
    #expect(judge("abcdefgi", at: 1) == .wrong)
    #expect(judge(first, at: 10) == .right)
    #expect(judge(first, at: 10) == .wrong)
    #expect(judge(second, at: 20.5) == .noneIsValid)
    // Part of an answer, and one with more behind it, are none.
    passwords.add(first, until: 40)
    for answer in [[], Array(VNCPassword.answer(to: challenge, first).prefix(8))] {
      #expect(passwords.judge(answer, to: challenge, now: 30) == .wrong)
    }
    for index in 0..<OneTimePasswords.most { passwords.add("p\(index)", until: 40) }
    #expect(judge(first, at: 30) == .wrong && judge("p0", at: 30) == .right)
  }

  @Test func freshOnesDiffer() {
    var generator = SystemRandomNumberGenerator()
    let many = Set((0..<1000).map { _ in VNCPassword.random(&generator) })
    #expect(many.count == 1000 && many.allSatisfy { $0.utf8.count == VNCPassword.length })
  }

  private static let challenge = [UInt8](repeating: 7, count: VNCPassword.challengeLength)
  private static let answer = [UInt8](repeating: 9, count: VNCPassword.challengeLength)

  private static func talk(_ bytes: [UInt8], by size: Int) -> ([RFBGreeting.Action], RFBGreeting) {
    var greeting = RFBGreeting(challenge: challenge)
    let actions = stride(from: 0, to: bytes.count, by: size).flatMap { start in
      greeting.take(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    return (actions, greeting)
  }

  @Test(arguments: [1, 5, 64])
  func everyVersionIsGreeted(size: Int) {
    for (number, isOld) in [("008", false), ("007", false), ("889", false), ("003", true), ("005", true)] {
      let type: [UInt8] = isOld ? [] : [2]
      let (actions, greeting) = Self.talk(Array("RFB 003.\(number)\n".utf8) + type + Self.answer + [1], by: size)
      let expected: [RFBGreeting.Action] =
        isOld
        ? [.send([0, 0, 0, 2] + Self.challenge), .judge(Self.answer)]
        : [.send([1, 2]), .send(Self.challenge), .judge(Self.answer)]
      #expect(actions == expected && greeting.rest == [1], "\(number)")
      #expect(greeting.refusal("no").count == (number == "008" || number == "889" ? 10 : 4))
    }
  }

  @Test func othersAreNotSpokenTo() {
    for bytes in [Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("RFB 004.001\n".utf8), Array("RFB 003.x08\n".utf8)] {
      guard case .end = Self.talk(bytes, by: 64).0.last else {
        Issue.record("\(bytes)")
        continue
      }
    }
    let (actions, _) = Self.talk(Array("RFB 003.008\n".utf8) + [1], by: 64)
    guard case .end = actions.last else {
      Issue.record("\(actions)")
      return
    }
  }

  @Test func theHypervisorIsEnteredWithoutPassword() {
    var entry = RFBEntry()
    #expect(entry.take(Array("RFB 003.0".utf8)).isEmpty)
    #expect(entry.take(Array("08\n".utf8)) == [.send(RFBGreeting.version)])
    #expect(entry.take([2, 2, 1]) == [.send([1])])
    #expect(entry.take([0, 0, 0, 0]) == [.open])
    var locked = RFBEntry()
    _ = locked.take(RFBGreeting.version)
    guard case .end = locked.take([1, 2]).last else {
      Issue.record("a password is wanted")
      return
    }
  }
}
