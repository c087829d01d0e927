/// Where the images of one VM are that have no path of their own.
package struct ImageFolder: Sendable {
  /// The VM's, by which others see who holds an image.
  package let id: String
  /// Its folder.
  package let path: String

  package init(id: String, path: String) {
    self.id = id
    self.path = path
  }

  package func disk(_ fileName: String) -> String { path + "/" + fileName }
}
