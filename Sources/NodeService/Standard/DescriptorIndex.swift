import Failure
import FoundationEssentials
import NodeAPI
import SwiftProtobuf

/// Files of a protobuf API, found by what they declare.
struct DescriptorIndex: Sendable {
  private struct File: Sendable {
    let name: String
    /// A serialized google.protobuf.FileDescriptorProto, as protoc has written it.
    let bytes: Data
    /// Positions of the files that it imports itself.
    let imports: [Int]
  }

  /// Each behind those that it imports.
  private var files: [File] = []
  /// Positions by name.
  private var positions: [String: Int] = [:]
  /// Positions by full name of what is declared, without a dot before it.
  private var symbols: [String: Int] = [:]
  /// Positions by number, by full name of the message that is extended.
  private var extensions: [String: [Int32: Int]] = [:]

  /// That of this API. Made when somebody asks for the first time: most supervisors are never asked.
  static let ofThisAPI = Result { () throws(Failure) in
    guard let set = Data(base64Encoded: DescriptorSet.base64, options: .ignoreUnknownCharacters) else {
      throw Self.failure("it is not base64")
    }
    return try DescriptorIndex(set)
  }

  /// Reads a serialized google.protobuf.FileDescriptorSet in which each file stands behind those that it imports, as protoc
  /// writes it with `--include_imports`.
  /// - Throws: `.internal` if it is none.
  init(_ set: Data) throws(Failure) {
    do {
      // It has the fields of a set, and leaves each file as the bytes that it was.
      let parts = try Grpc_Reflection_V1_FileDescriptorResponse(serializedBytes: set).fileDescriptorProto
      for bytes in parts { add(try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes), bytes) }
    } catch {
      throw Self.failure("\(error)")
    }
  }

  private static func failure(_ cause: String) -> Failure {
    Failure(.internal, operation: "read", object: "the description of the API", cause: cause)
  }

  private mutating func add(_ file: Google_Protobuf_FileDescriptorProto, _ bytes: Data) {
    let position = files.count
    files.append(File(name: file.name, bytes: bytes, imports: file.dependency.compactMap { positions[$0] }))
    positions[file.name] = position
    let declared = Declarations(of: file)
    for name in declared.names { symbols[name] = position }
    for (extended, number) in declared.extensions { extensions[extended, default: [:]][number] = position }
  }

  /// The file of that name, and behind it what it imports, and that in turn, each once: whoever reads from the end has the
  /// imports of a file before the file. Nil if there is none.
  func file(named name: String) -> [Data]? { positions[name].map(closure) }

  /// The same for the file that declares what has that full name.
  func file(declaring symbol: String) -> [Data]? { symbols[symbol].map(closure) }

  /// The same for the file that extends the message of that full name by a field of that number.
  func file(extending message: String, by number: Int32) -> [Data]? { extensions[message]?[number].map(closure) }

  /// Numbers of the fields by which files extend the message of that full name, ascending; nil if it is not declared.
  func extensions(of message: String) -> [Int32]? {
    guard symbols[message] != nil || extensions[message] != nil else { return nil }
    return extensions[message].map { $0.keys.sorted() } ?? []
  }

  private func closure(of position: Int) -> [Data] {
    var wanted: Set = [position]
    // What a file imports stands before it, and is marked when its turn comes.
    return (0...position).reversed().compactMap { next in
      guard wanted.contains(next) else { return nil }
      wanted.formUnion(files[next].imports)
      return files[next].bytes
    }
  }
}
