import CLinux
public import Failure

/// Reads a list of permitted system calls. Its grammar is explained at the top of `policies/seccomp/netd.list`.
///
/// Reading has no effects; only `SystemCallFilter` has.
public struct RuleList {
  private let name: String
  private let process: Int32
  private var line = 0
  private var rules: [Rule] = []

  private init(name: String, process: Int32) {
    self.name = name
    self.process = process
  }

  /// Reads a whole list.
  /// - Parameters:
  ///   - name: what the list is called in failures.
  ///   - process: the number that SELF stands for.
  /// - Throws: `.invalid` with `name:LINE` as the object.
  public static func parse(_ text: String, name: String, process: Int32) throws(Failure) -> [Rule] {
    var list = RuleList(name: name, process: process)
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      list.line += 1
      // Nothing that a reviewer would not see.
      guard line.allSatisfy({ (32..<127).contains($0) }) else {
        throw list.failure("there is a character other than printable ASCII", "write spaces, no tabs")
      }
      let words = Substring(line).prefix { $0 != "#" }.split(separator: " ")
      if let call = words.first { try list.add(call, words.dropFirst()) }
    }
    return list.rules
  }

  private mutating func add(_ name: Substring, _ words: ArraySlice<Substring>) throws(Failure) {
    guard let call = SystemCall(String(name)) else {
      throw failure("x86-64 has no system call \(name)", "write its name as in syscalls(2)")
    }
    var added = [Rule(call)]
    if !words.isEmpty {
      for words in words.split(separator: "and", omittingEmptySubsequences: false) {
        let alternatives = try conditions(Array(words))
        added = added.flatMap { rule in alternatives.map { Rule(call, rule.conditions + [$0]) } }
      }
    }
    for rule in added {
      guard Set(rule.conditions.map(\.argument)).count == rule.conditions.count else {
        throw failure("two conditions are for the same argument", "write a line for each")
      }
      // A rule without effect would look like a restriction that is not there.
      let same = rules.filter { $0.call == call }
      guard !same.contains(rule), same.isEmpty || !rule.conditions.isEmpty, same.allSatisfy({ !$0.conditions.isEmpty })
      else { throw failure("\(name) is permitted by another rule already", "remove one of them") }
      rules.append(rule)
    }
  }

  /// The conditions of which one must hold: `argN == V`, `argN in V...`, `argN & V == 0`.
  private func conditions(_ words: [Substring]) throws(Failure) -> [Condition] {
    guard words.count >= 3, let argument = argument(words[0]) else { throw unreadable }
    switch (words[1], words.count) {
    case ("==", 3): return [try equality(argument, words[2])]
    case ("in", _):
      var all: [Condition] = []
      for word in words[2...] { all.append(try equality(argument, word)) }
      return all
    case ("&", 5) where words[3] == "==" && words[4] == "0":
      let mask = try value(words[2])
      guard mask != 0 else { throw failure("no bit is named in \(words[2])", "name the bits that must not be set") }
      return [Condition(argument: argument, mask: mask, value: 0)]
    default: throw unreadable
    }
  }

  private func argument(_ word: Substring) -> UInt32? {
    guard word.hasPrefix("arg"), word.count == 4, let number = UInt32(word.dropFirst(3)), number < 6 else { return nil }
    return number
  }

  private func equality(_ argument: UInt32, _ word: Substring) throws(Failure) -> Condition {
    let value = try value(word)
    guard value <= UInt32.max else {
      throw failure("\(word) has more than 32 bits", "only arguments of type int can be compared")
    }
    return Condition(argument: argument, value: value)
  }

  private func value(_ word: Substring) throws(Failure) -> UInt64 {
    var sum: UInt64 = 0
    for part in word.split(separator: "|", omittingEmptySubsequences: false) {
      var constant: UInt64 = 0
      if part == "SELF" {
        sum |= UInt64(UInt32(bitPattern: process))
      } else if part.first?.isNumber == true, let number = number(part) {
        sum |= number
      } else if clinux_constant(String(part), &constant) == 0 {
        sum |= constant
      } else {
        throw failure("\(part.isEmpty ? word : part) is no known value", "add it to Sources/CLinux/constants.c")
      }
    }
    return sum
  }

  private func number(_ word: Substring) -> UInt64? {
    word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : UInt64(word)
  }

  private var unreadable: Failure {
    failure("the condition cannot be read", "write argN == VALUE, argN in VALUE ..., or argN & VALUE == 0")
  }

  private func failure(_ cause: String, _ cure: String) -> Failure {
    Failure(.invalid, step: "read system call list", object: "\(name):\(line)", cause: cause, cure: cure)
  }
}
