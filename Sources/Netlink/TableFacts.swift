import CMnl
public import Failure
import Glibc

/// What a table of nftables consists of, as numbers that can be compared. What changes by itself is left out: counted
/// packets, handles, numbers of users.
public struct TableFacts: Hashable, Sendable {
  /// Each part by its kind and name (`chain guest`, `set sources`, `limit rate-x`, `table`), and a fingerprint of what it
  /// says: of a chain its rules too, of a nameless set its elements too.
  public internal(set) var parts: [String: UInt64] = [:]
  /// The elements of each set and map that has a name, but of those that were to be left out.
  public internal(set) var elements: [String: ElementSum] = [:]

  /// A table without anything.
  public init() {}

  /// Notes what a set holds.
  public mutating func set(_ name: String, _ sum: ElementSum) { elements[name] = sum }

  /// Notes what a part says, nil if it is not there; what sets hold stays noted.
  public mutating func set(part name: String, _ fingerprint: UInt64?) { parts[name] = fingerprint }
}

/// A chain, set or limit of a table.
public struct TablePart: Hashable, Sendable {
  /// What it is, as `TableFacts.parts` spells it.
  public enum Kind: String, Sendable {
    case chain, set, limit
  }

  /// The family of its table.
  public let family: TableFamily
  /// What it is.
  public let kind: Kind
  /// What it is called.
  public let title: String

  /// Names one.
  public init(_ family: TableFamily, _ kind: Kind, _ title: String) {
    self.family = family
    self.kind = kind
    self.title = title
  }

  /// Its name in `TableFacts.parts`.
  public var name: String { "\(kind.rawValue) \(title)" }
}

extension NetfilterSocket {
  /// How many messages the kernel has answered with: what has been read so far.
  public var answers: Int { kernel.answers }

  /// The number of the ruleset's present state; every transaction of anybody makes it the next one.
  public mutating func generation() throws(Failure) -> UInt32 {
    var id: UInt32 = 0
    try kernel.exchange(Self.type(NFT_MSG_GETGEN), flags: NLM_F_ACK, operation: "read firewall generation", object: "")
    {
      $0.header(nfgenmsg(nfgen_family: UInt8(AF_UNSPEC), version: UInt8(NFNETLINK_V0), res_id: 0))
    } _: { message in
      for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size)
      where attribute.type == Int(NFTA_GEN_ID.rawValue) { id = attribute.bigEndianNumber }
    }
    return id
  }

  /// Everything that a table consists of; nil if there is none. It is of one state only if `generation()` is the same
  /// before and after.
  /// - Parameter isOpen: Sets with a name whose elements are left out.
  public mutating func facts(
    table: String, _ family: TableFamily, leavingOut isOpen: (String) -> Bool
  ) throws(Failure) -> TableFacts? {
    var facts = TableFacts()
    guard let flags = try self.flags(table, family) else { return nil }
    facts.parts["table"] = UInt64(flags)
    do {
      var prints: [String: Fingerprint] = [:]
      for (name, print) in try self.chains(table, family) { prints[name] = print }
      for rule in try self.rules(table, family) { prints[rule.chain, default: Fingerprint()].number(rule.fingerprint) }
      for (name, print) in prints { facts.parts["chain \(name)"] = print.value }
      for (name, value) in try self.objects(table, family) { facts.parts[name] = value }
      for set in try self.sets(table, family) {
        facts.parts["set \(set.name)"] = set.fingerprint
        if !set.isNameless, isOpen(set.name) { continue }
        let sum = try self.sum(set.name, table, family)
        if set.isNameless {
          facts.parts["set \(set.name)"] = set.fingerprint &+ sum.value
        } else {
          facts.elements[set.name] = sum
        }
      }
    } catch let failure {
      // Taken away meanwhile.
      if failure.errno == ENOENT { return nil }
      throw failure
    }
    return facts
  }

  /// The fingerprint of one chain, set or limit as in `TableFacts.parts`; nil if there is none. Nothing else is read.
  public mutating func part(_ part: TablePart, table: String) throws(Failure) -> UInt64? {
    let family = part.family
    switch part.kind {
    case .chain:
      guard var print = try self.chains(table, family, only: part.title).first?.print else { return nil }
      for rule in try self.rules(table, family, chain: part.title) { print.number(rule.fingerprint) }
      return print.value
    case .set: return try self.sets(table, family, only: part.title).first?.fingerprint
    case .limit: return try self.objects(table, family, limit: part.title).first?.1
    }
  }

  // MARK: Parts

  /// Asks for everything of a kind, or for the one thing that has a name.
  /// - Parameter name: Number of the attribute with the name, and the name; nil for all.
  private mutating func list<Element>(
    _ type: nf_tables_msg_types, _ operation: String, _ table: String, _ family: TableFamily,
    only name: (attribute: Int, text: String)?, _ build: (inout MessageBuilder) -> Void = { _ in },
    _ each: (MessageReader) -> Element?
  ) throws(Failure) -> [Element] {
    guard let name else {
      return try kernel.dump(Self.type(type), operation: operation, object: table) { message in
        message.header(Self.header(family))
        message.text(Self.tableName, table)
        build(&message)
      } _: {
        each($0)
      }
    }
    var found: [Element] = []
    do {
      try kernel.exchange(Self.type(type), flags: NLM_F_ACK, operation: operation, object: name.text) { message in
        message.header(Self.header(family))
        message.text(Self.tableName, table)
        message.text(name.attribute, name.text)
        build(&message)
      } _: { message in
        if let element = each(message) { found.append(element) }
      }
    } catch let failure { if failure.errno != ENOENT { throw failure } }
    return found
  }

  /// The attribute with the table's name: the same number for every kind (NFTA_*_TABLE).
  private static let tableName = Int(NFTA_TABLE_NAME.rawValue)

  /// NFT_TABLE_F_*, dormant for instance; nil without such a table.
  private mutating func flags(_ table: String, _ family: TableFamily) throws(Failure) -> UInt32? {
    let found: [UInt32] = try kernel.dump(Self.type(NFT_MSG_GETTABLE), operation: "list firewall tables") {
      $0.header(Self.header(family))
    } _: { message in
      guard Self.family(message) == family else { return nil }
      var (name, flags): (String, UInt32) = ("", 0)
      for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) {
        switch attribute.type {
        case Int(NFTA_TABLE_NAME.rawValue): name = attribute.text
        case Int(NFTA_TABLE_FLAGS.rawValue): flags = attribute.bigEndianNumber
        default: break
        }
      }
      return name == table ? flags : nil
    }
    return found.first
  }

  private mutating func chains(
    _ table: String, _ family: TableFamily, only name: String? = nil
  ) throws(Failure) -> [(name: String, print: Fingerprint)] {
    let wanted = [NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY, NFTA_CHAIN_TYPE, NFTA_CHAIN_FLAGS].map { Int($0.rawValue) }
    let title = Int(NFTA_CHAIN_NAME.rawValue)
    return try list(NFT_MSG_GETCHAIN, "list firewall chains", table, family, only: name.map { (title, $0) }) {
      Self.part($0, family, table, name: title, wanted)
    }
  }

  /// The rules of all chains, or of one; those of one chain in their order.
  private mutating func rules(
    _ table: String, _ family: TableFamily, chain: String? = nil
  ) throws(Failure) -> [(chain: String, fingerprint: UInt64)] {
    let wanted = [NFTA_RULE_EXPRESSIONS, NFTA_RULE_COMPAT, NFTA_RULE_USERDATA].map { Int($0.rawValue) }
    return try list(NFT_MSG_GETRULE, "list firewall rules", table, family, only: nil) { message in
      if let chain { message.text(Int(NFTA_RULE_CHAIN.rawValue), chain) }
    } _: { message in
      Self.part(message, family, table, name: Int(NFTA_RULE_CHAIN.rawValue), wanted).map { ($0.name, $0.print.value) }
    }
  }

  private mutating func sets(
    _ table: String, _ family: TableFamily, only name: String? = nil
  ) throws(Failure) -> [(name: String, isNameless: Bool, fingerprint: UInt64)] {
    let wanted = [
      NFTA_SET_FLAGS, NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN, NFTA_SET_DATA_TYPE, NFTA_SET_DATA_LEN, NFTA_SET_POLICY,
      NFTA_SET_DESC, NFTA_SET_OBJ_TYPE, NFTA_SET_TIMEOUT, NFTA_SET_GC_INTERVAL, NFTA_SET_USERDATA, NFTA_SET_EXPR,
      NFTA_SET_EXPRESSIONS,
    ].map { Int($0.rawValue) }
    let title = Int(NFTA_SET_NAME.rawValue)
    return try list(NFT_MSG_GETSET, "list firewall sets", table, family, only: name.map { (title, $0) }) { message in
      guard let part = Self.part(message, family, table, name: title, wanted) else { return nil }
      var flags: UInt32 = 0
      for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size)
      where attribute.type == Int(NFTA_SET_FLAGS.rawValue) { flags = attribute.bigEndianNumber }
      return (part.name, flags & UInt32(NFT_SET_ANONYMOUS.rawValue) != 0, part.print.value)
    }
  }

  /// Limits, counters and the like, and flow tables, by kind and name. What a counter has counted does not belong to it.
  /// - Parameter limit: The only limit to be read, and nothing else; nil for all.
  private mutating func objects(
    _ table: String, _ family: TableFamily, limit: String? = nil
  ) throws(Failure) -> [(String, UInt64)] {
    let (type, title) = (Int(NFTA_OBJ_TYPE.rawValue), Int(NFTA_OBJ_NAME.rawValue))
    let objects: [(String, UInt64)] = try list(
      NFT_MSG_GETOBJ, "list firewall objects", table, family, only: limit.map { (title, $0) }
    ) { message in
      if limit != nil { message.number(type, UInt32(NFT_OBJECT_LIMIT).bigEndian) }
    } _: { message in
      var kind: UInt32 = 0
      for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) where attribute.type == type {
        kind = attribute.bigEndianNumber
      }
      let isCounter = kind == UInt32(NFT_OBJECT_COUNTER)
      let wanted = isCounter ? [type] : [type, Int(NFTA_OBJ_DATA.rawValue)]
      let word = isCounter ? "counter" : kind == UInt32(NFT_OBJECT_LIMIT) ? "limit" : "object"
      return Self.part(message, family, table, name: title, wanted).map { ("\(word) \($0.name)", $0.print.value) }
    }
    if limit != nil { return objects }
    let flows: [(String, UInt64)] = try kernel.dump(
      Self.type(NFT_MSG_GETFLOWTABLE), operation: "list firewall flow tables", object: table
    ) {
      $0.header(Self.header(family))
    } _: { message in
      Self.part(message, family, table, name: Int(NFTA_FLOWTABLE_NAME.rawValue), []).map {
        ("flowtable \($0.name)", $0.print.value)
      }
    }
    return objects + flows
  }

  /// What all kinds of parts have in common: the table is attribute 1 of each (NFTA_*_TABLE).
  private static func part(
    _ message: MessageReader, _ family: TableFamily, _ table: String, name: Int, _ wanted: [Int]
  ) -> (name: String, print: Fingerprint)? {
    guard self.family(message) == family else { return nil }
    var print = Fingerprint()
    var (own, title) = ("", "")
    for attribute in message.attributes(after: MemoryLayout<nfgenmsg>.size) {
      if attribute.type == Int(NFTA_TABLE_NAME.rawValue) { own = attribute.text }
      if attribute.type == name { title = attribute.text }
      guard wanted.contains(attribute.type) else { continue }
      print.number(UInt64(attribute.type))
      print.mix(attribute.bytes)
    }
    return own == table ? (title, print) : nil
  }

  private static func family(_ message: MessageReader) -> TableFamily? {
    message.body(nfgenmsg.self).flatMap { TableFamily(rawValue: $0.nfgen_family) }
  }
}
