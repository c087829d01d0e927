import Failure
import FoundationEssentials
import Glibc
import Linux

/// What has a record of its own under a name, beside those of VMs.
protocol NamedRecord: Codable, Sendable {
  static var currentSchema: String { get }
  var schema: String { get }
  var id: String { get }
  /// What people call one.
  static var noun: String { get }
  /// What to do about a record that is none.
  static var remedy: String { get }
}

/// Records of one kind: a file each, replaced whole and durably.
struct NamedRecords<Value: NamedRecord>: Sendable {
  let folder: String

  private func path(_ id: String) -> String { "\(folder)/\(id).json" }

  /// Reads all of them. One that cannot be read stays where it is, and stops nobody else.
  func load() -> (values: [Value], troubles: [Failure]) {
    var values: [Value] = []
    var troubles: [Failure] = []
    let names: [String]
    do throws(Errno) { names = try Files.names(in: folder) } catch {
      return ([], error.code == ENOENT ? [] : [error.failure("list \(Value.noun)s", folder).of(.record)])
    }
    for name in names.sorted() where name.hasSuffix(".json") {
      do throws(Failure) { values.append(try read(String(name.dropLast(5)))) } catch { troubles.append(error) }
    }
    return (values, troubles)
  }

  private func read(_ id: String) throws(Failure) -> Value {
    let path = path(id)
    let content: [UInt8]
    do throws(Errno) { content = try Files.read(path) } catch {
      throw error.failure("read \(Value.noun)", path).of(.record)
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let value = try? decoder.decode(Value.self, from: Data(content)), value.schema == Value.currentSchema,
      value.id == id
    else {
      throw Failure(
        .invalid, part: .record, operation: "read \(Value.noun)", object: path,
        cause: "it is no record of a \(Value.noun), or one of another release", remedy: Value.remedy)
    }
    return value
  }

  func write(_ value: Value) throws(Failure) {
    let path = path(value.id)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.dateEncodingStrategy = .iso8601
    guard let content = try? encoder.encode(value) else {
      throw Failure(
        .internal, part: .record, operation: "write \(Value.noun)", object: path, cause: "it cannot be spelled")
    }
    do throws(Errno) {
      try Files.makeFolders(folder)
      try Files.replace(path, with: Array(content))
    } catch {
      throw error.stateFailure("write \(Value.noun)", path)
    }
  }

  func remove(_ id: String) throws(Failure) {
    let path = path(id)
    do throws(Errno) {
      if unlink(path) != 0, errno != ENOENT { throw Errno(errno) }
      try Files.syncFolder(of: path)
    } catch {
      throw error.stateFailure("remove \(Value.noun)", path)
    }
  }
}
