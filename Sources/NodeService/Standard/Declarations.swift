import SwiftProtobuf

/// What a .proto file declares, by full names without a dot before them.
struct Declarations {
  /// Services and their methods; messages, fields, enumerations, whatever they are in.
  private(set) var names: [String] = []
  /// The message that is extended, and by which number.
  private(set) var extensions: [(extended: String, number: Int32)] = []

  init(of file: Google_Protobuf_FileDescriptorProto) {
    let scope = file.package
    for service in file.service {
      let name = add(service.name, in: scope)
      for method in service.method { add(method.name, in: name) }
    }
    for message in file.messageType { add(message, in: scope) }
    for type in file.enumType { add(type, in: scope) }
    for field in file.extension { add(extension: field, in: scope) }
  }

  @discardableResult
  private mutating func add(_ name: String, in scope: String) -> String {
    let full = scope.isEmpty ? name : "\(scope).\(name)"
    names.append(full)
    return full
  }

  private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
    let name = add(message.name, in: scope)
    for field in message.field { add(field.name, in: name) }
    for choice in message.oneofDecl { add(choice.name, in: name) }
    for inner in message.nestedType { add(inner, in: name) }
    for type in message.enumType { add(type, in: name) }
    for field in message.extension { add(extension: field, in: name) }
  }

  private mutating func add(_ type: Google_Protobuf_EnumDescriptorProto, in scope: String) {
    add(type.name, in: scope)
    // They are siblings of their type, as in C++: descriptor.proto, EnumValueDescriptorProto.
    for value in type.value { add(value.name, in: scope) }
  }

  private mutating func add(extension field: Google_Protobuf_FieldDescriptorProto, in scope: String) {
    add(field.name, in: scope)
    extensions.append((String(field.extendee.drop { $0 == "." }), field.number))
  }
}
