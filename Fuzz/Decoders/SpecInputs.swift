import VMSpec

/// Specifications: refusals are the writer's fault and name the cause; what is accepted is within the limits.
enum SpecInputs {
  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    guard let text = Subject.text(input) else { return nil }
    do {
      let spec = try VMSpec.parse(text, origin: "f.yaml")
      return spec.vcpus > 0 && !spec.name.isEmpty ? nil : "accepted without processor or name: \(spec)"
    } catch let failure {
      return failure.code == .invalid && !failure.cause.isEmpty ? nil : "a refusal without cause: \(failure)"
    }
  }
}
