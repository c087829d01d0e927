import CMnl
import Failure
import Glibc

extension NetfilterSocket {
  /// What a set or map holds.
  mutating func sum(_ set: String, _ table: String, _ family: TableFamily) throws(Failure) -> ElementSum {
    // The kernel may list an element twice while it makes room for more of them (rhashtable_walk_next).
    var seen: Set<UInt64> = []
    let _: [Int] = try kernel.dump(Self.type(NFT_MSG_GETSETELEM), operation: "list firewall elements", object: set) {
      message in
      message.header(Self.header(family))
      message.text(Int(NFTA_SET_ELEM_LIST_TABLE.rawValue), table)
      message.text(Int(NFTA_SET_ELEM_LIST_SET.rawValue), set)
    } _: { message in
      for list in message.attributes(after: MemoryLayout<nfgenmsg>.size)
      where list.type == Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue) {
        for element in list.nested { seen.insert(FilterElement(element.nested).fingerprint) }
      }
      return nil
    }
    var sum = ElementSum()
    for print in seen { sum.add(print) }
    return sum
  }
}

extension FilterElement {
  init(_ attributes: AttributeWalk) {
    self.init(key: [])
    for attribute in attributes {
      switch attribute.type {
      case Int(NFTA_SET_ELEM_KEY.rawValue):
        for part in attribute.nested { key += part.bytes }
      case Int(NFTA_SET_ELEM_DATA.rawValue): value = Self.value(attribute.nested)
      case Int(NFTA_SET_ELEM_OBJREF.rawValue): value = .object(attribute.text)
      // How long it will stay there is told again every time; that it has an end is not.
      case Int(NFTA_SET_ELEM_EXPIRATION.rawValue), Int(NFTA_SET_ELEM_PAD.rawValue): break
      default: others += [UInt8(truncatingIfNeeded: attribute.type)] + attribute.bytes
      }
    }
  }

  private static func value(_ data: AttributeWalk) -> Value {
    for part in data {
      guard part.type == Int(NFTA_DATA_VERDICT.rawValue) else { return .bytes(Array(part.bytes)) }
      var (code, chain): (UInt32, String) = (0, "")
      for word in part.nested {
        switch word.type {
        case Int(NFTA_VERDICT_CODE.rawValue): code = word.bigEndianNumber
        case Int(NFTA_VERDICT_CHAIN.rawValue): chain = word.text
        default: break
        }
      }
      return .verdict(Int32(bitPattern: code), chain: chain)
    }
    return .none
  }
}
