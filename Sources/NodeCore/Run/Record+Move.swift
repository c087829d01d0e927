import Failure
import Life

extension Record {
  /// Takes over what an event has made of a life, and tells it in the history.
  mutating func take(_ event: Event, _ before: LifeCycle, _ next: LifeCycle, by author: Author, at now: HostInstant) {
    keep(next.memory, before: before.memory, at: now, isNew: event.isRequest)
    let what = event.summary + author.phrase
    if next.state != before.state {
      tell(
        HistoryEntry(time: now.wall, what: what, from: before.state, to: next.state, detail: next.why?.description))
    } else if event.isRequest {
      tell(HistoryEntry(time: now.wall, what: what))
    }
    if let cut = next.newCut(since: before) {
      tell(HistoryEntry(time: now.wall, what: LifeCycle.disobedience, detail: cut.description))
    }
  }
}

/// Guests that do not obey, and what is said of it.
extension LifeCycle {
  /// Few words for history and events.
  static let disobedience = "the guest did not obey"

  /// What has been done to a guest that did not obey, if that is news.
  func newCut(since before: LifeCycle) -> Failure? { memory.cut == before.memory.cut ? nil : memory.cut }
}
