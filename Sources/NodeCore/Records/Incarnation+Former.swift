import Failure
import IPCPeer

extension Incarnation {
  /// What is weaker than it could be. The release before wrote sentences: one of the accelerator, if that was not the best,
  /// and one of each layer that was missed, of which `confinement` tells the rest.
  var knownWeaknesses: [Warning] {
    if let weaknesses { return weaknesses }
    let missed = (confinement ?? []).warnings(expected: LaunchLayer.allCases)
    return (warnings ?? []).enumerated().map { index, sentence in
      missed.first { sentence.hasPrefix($0.cause) }
        ?? Warning(
          id: index == 0 ? "accelerator" : "former.\(index)", part: .accelerator, cause: sentence, isLasting: true)
    }
  }
}
