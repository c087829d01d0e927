import Foundation
import Netlink
import Synchronization

/// Makes and deletes a bridge all the time on a thread of its own, in the namespace of the one that starts it.
final class Churn: Sendable {
  private let isEnding = Atomic(false)
  private let done = DispatchSemaphore(value: 0)

  func start() {
    Thread { [self] in
      if var route = try? RouteSocket() {
        while !isEnding.load(ordering: .relaxed) {
          try? route.createBridge("comes", LinkChange())
          try? route.deleteLink("comes")
        }
      }
      done.signal()
    }.start()
  }

  func stop() {
    isEnding.store(true, ordering: .relaxed)
    done.wait()
  }
}
