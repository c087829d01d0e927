import NodeAPI

/// A warning of a VM in results.
struct WarningView: Encodable, Hashable, Sendable {
  var id: String
  var part: String
  var cause: String
  var remedy: String
  var lasting: Bool

  init(_ info: Limiquantix_Node_V1_WarningInfo) {
    id = info.id
    part = info.part
    cause = info.cause
    remedy = info.remedy
    lasting = info.lasting
  }

  /// `PART: CAUSE`, with what helps.
  var sentence: String { "\(part): \(cause)" + (remedy.isEmpty ? "" : "; \(remedy)") }
}
