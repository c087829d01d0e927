package import Failure
import Text

/// Writing a file of a guest so that whoever reads it there sees the old one or the new one: a new file beside it, with its owner
/// and permissions, takes its place when it is complete. The guest's own programs do what the agent does not know.
enum GuestFileReplacement {
  static let operation = "write guest's file"

  /// What a status of `preparing` means. Whatever else it ends with: the file is written in place.
  static let unknownOwner: Int32 = 98

  /// `PATH SUFFIX MODE OWNER`; prints the path of the new file. What is no plain file is not replaced.
  static let preparing = """
    target=$(readlink -f -- "$1") && [ -n "$target" ] || exit 95
    [ ! -e "$target" ] || [ -f "$target" ] || exit 96
    beside=$target$2
    : 2>/dev/null >"$beside" || exit 97
    fail() { rm -f -- "$beside"; exit "$1"; }
    if [ -f "$target" ]; then
      facts=$(stat -c '%a %u:%g' -- "$target") || fail 97
      chown -- "${facts#* }" "$beside" && chmod -- "${facts% *}" "$beside" || fail 97
    fi
    [ -z "$4" ] || chown -- "$4" "$beside" 2>/dev/null || fail \(unknownOwner)
    [ -z "$3" ] || chmod -- "$3" "$beside" || fail 97
    printf %s "$beside"
    """

  /// `NEW TARGET`
  static let replacing = """
    sync "$1" 2>/dev/null
    mv -f -- "$1" "$2"
    """

  /// What people read of a program that failed: a sentence.
  static func words(_ result: GuestProgramResult) -> Substring {
    String(decoding: result.errors.prefix(300), as: UTF8.self).split(separator: "\n").first ?? ""
  }
}

extension GuestAgent {
  /// Writes a file of the guest; what was in it is gone.
  /// - Parameters:
  ///   - mode: permission bits; 0 leaves those of a file that is there, and else those that the agent makes.
  ///   - owner: `USER` or `USER:GROUP`, by name or number; empty leaves it.
  /// - Returns: whether nobody in the guest saw a part of it.
  package func replace(
    _ path: String, with data: [UInt8], mode: UInt32 = 0, owner: String = ""
  ) async throws(Failure) -> Bool {
    let bits = mode == 0 ? "" : String(mode, radix: 8)
    let suffix = ".procurator-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    let program = GuestProgram(
      "sh", arguments: ["-c", GuestFileReplacement.preparing, "sh", path, suffix, bits, owner], outputLimit: 64 << 10)
    var beside = ""
    if !path.isEmpty, case .ended(let result) = try await run(program, timeout: .seconds(20)) {
      if result.end == .exited(GuestFileReplacement.unknownOwner) {
        throw Failure(
          .state, part: .agent, operation: GuestFileReplacement.operation, object: "owner",
          cause: "the guest does not know \(owner)", remedy: "name a user of the guest, or USER:GROUP")
      }
      // A path that is not UTF-8 cannot be said to the agent again.
      if result.shellStatus == 0 { beside = String(validating: result.output, as: UTF8.self) ?? "" }
    }
    guard beside.hasSuffix(suffix) else {
      try await write(data, to: path)
      if !owner.isEmpty { try await must("chown", ["--", owner, path], path) }
      if !bits.isEmpty { try await must("chmod", [bits, "--", path], path) }
      return false
    }
    do throws(Failure) {
      try await write(data, to: beside)
      let target = String(beside.dropLast(suffix.count))
      try await must("sh", ["-c", GuestFileReplacement.replacing, "sh", beside, target], path)
    } catch {
      let left = beside
      Task { try? await self.start(GuestProgram("rm", arguments: ["-f", "--", left])) }
      throw error
    }
    return true
  }

  /// Makes a folder of the guest, and those above it.
  package func makeFolders(_ path: String) async throws(Failure) { try await must("mkdir", ["-p", "--", path], path) }

  /// Runs a program in the guest that has to succeed.
  private func must(_ program: String, _ words: [String], _ object: String) async throws(Failure) {
    let result = try await exec(program, arguments: words, timeout: .seconds(20), outputLimit: 64 << 10)
    guard result.shellStatus == 0 else {
      throw Failure(
        .system, part: .agent, operation: GuestFileReplacement.operation, object: object,
        cause: "\(program) in the guest ended with \(result.shellStatus): \(GuestFileReplacement.words(result))")
    }
  }
}
