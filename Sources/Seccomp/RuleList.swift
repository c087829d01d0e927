import CLinux
public import Failure

/// Reads a list of permitted system calls. Its grammar is explained at the top of `policies/seccomp/netd.list`.
///
/// Reading has no effects; only `SystemCallFilter` has.
public struct RuleList {
  private let name: String
  private let process: Int32
  private let program: UInt64
  private var line = 0
  private var rules: [Rule] = []

  private init(name: String, process: Int32, program: UInt64) {
    self.name = name
    self.process = process
    self.program = program
  }

  /// Reads a whole list.
  /// - Parameters:
  ///   - name: what the list is called in failures.
  ///   - process: the number that SELF stands for.
  ///   - program: the address that PROGRAM stands for.
  /// - Throws: `.invalid` with `name:LINE` as the object.
  public static func parse(
    _ text: String, name: String, process: Int32, program: UInt64 = 0
  ) throws(Failure) -> [Rule] {
    var list = RuleList(name: name, process: process, program: program)
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
    let (words, refusal) = try answer(words)
    var added = [Rule(call, refusal: refusal)]
    if !words.isEmpty {
      for words in words.split(separator: "and", omittingEmptySubsequences: false) {
        let alternatives = try conditions(Array(words))
        added = added.flatMap { rule in
          alternatives.map { Rule(call, rule.conditions + [$0], refusal: refusal) }
        }
      }
    }
    for rule in added {
      guard Set(rule.conditions.map(\.argument)).count == rule.conditions.count else {
        throw failure("two conditions are for the same argument", "write a line for each")
      }
      // A rule without effect would look like a restriction that is not there.
      let same = rules.filter { $0.call == call }
      guard !same.contains(where: { $0.conditions == rule.conditions }), same.isEmpty || !rule.conditions.isEmpty,
        same.allSatisfy({ !$0.conditions.isEmpty })
      else { throw failure("\(name) has another rule already that covers this", "remove one of them") }
      rules.append(rule)
    }
  }

  /// What stands before `-> ERRNO`, and that number.
  private func answer(_ words: ArraySlice<Substring>) throws(Failure) -> (ArraySlice<Substring>, UInt16?) {
    guard let arrow = words.firstIndex(of: "->") else { return (words, nil) }
    guard arrow == words.endIndex - 2, let word = words.last else { throw unreadable }
    let number = try value(word)
    // Above MAX_ERRNO of linux/err.h the caller would take it for success; 0 is success.
    guard (1...4095).contains(number) else { throw failure("\(word) is no error number", "write one as in errno(3)") }
    return (words[..<arrow], UInt16(number))
  }

  /// The conditions of which one must hold: `argN == V`, `argN in V...`, `argN & MASK == V`.
  private func conditions(_ words: [Substring]) throws(Failure) -> [Condition] {
    guard words.count >= 3, let argument = argument(words[0]) else { throw unreadable }
    switch (words[1], words.count) {
    case ("==", 3): return [try equality(argument, words[2])]
    case ("in", _):
      var all: [Condition] = []
      for word in words[2...] { all.append(try equality(argument, word)) }
      return all
    case ("&", 5) where words[3] == "==":
      let (mask, wanted) = (try value(words[2]), try value(words[4]))
      guard mask != 0 else { throw failure("no bit is named in \(words[2])", "name the bits that count") }
      guard wanted & ~mask == 0 else {
        throw failure("\(words[4]) has bits that \(words[2]) leaves out", "such a rule never holds")
      }
      return [Condition(argument: argument, mask: mask, value: wanted)]
    default: throw unreadable
    }
  }

  private func argument(_ word: Substring) -> UInt32? {
    guard word.hasPrefix("arg"), word.count == 4, let number = UInt32(word.dropFirst(3)), number < 6 else { return nil }
    return number
  }

  private func equality(_ argument: UInt32, _ word: Substring) throws(Failure) -> Condition {
    // The only one that is an address.
    if word == "PROGRAM" { return Condition(argument: argument, mask: .max, value: program) }
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
    failure("the condition cannot be read", "write argN == VALUE, argN in VALUE ..., or argN & MASK == VALUE")
  }

  private func failure(_ cause: String, _ remedy: String) -> Failure {
    Failure(.invalid, operation: "read system call list", object: "\(name):\(line)", cause: cause, remedy: remedy)
  }
}
