/// How many connections there may be, and whose. A value: no I/O.
package struct Places {
  /// Who asks for a connection.
  package enum Asker {
    case root
    /// A user that has ports, or the naming service.
    case known
    /// A user that has none yet.
    case other
  }

  /// Connections there may be in all (`MaxClients=`).
  package let most: Int

  /// Divides them.
  package init(most: Int) { self.most = most }

  /// Kept for root, so that two users cannot keep it out.
  package var ofRoot: Int { max(1, most / 8) }
  /// Kept for those who have VMs here already.
  package var ofKnown: Int { most / 4 }

  /// Whether there is a place.
  /// - Parameters:
  ///   - own: Connections of the same user.
  ///   - unnamed: Connections of anybody but root that have not greeted yet.
  ///   - all: All connections.
  package func admits(_ asker: Asker, own: Int, unnamed: Int, all: Int) -> Bool {
    switch asker {
    case .root: all < most
    case .known: all < most - ofRoot && own < max(1, most / 2)
    case .other:
      all < max(1, most - ofRoot - ofKnown) && own < max(1, most / 4) && unnamed < max(1, most / 4)
    }
  }
}
