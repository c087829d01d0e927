import CCurl
import Glibc

/// Asks one server for one file, over a connection that it is given.
///
/// Started by vmsupervisor, confined as the tools are that read images: it opens no file and no connection. What it has is at
/// the numbers of `Place`, and what it is to do comes there too: an address may be a secret, and words of a command line are
/// everybody's to see. It follows no redirection and tries nothing twice: it says what came (`Report`), and who has started
/// it decides.
@main
struct Main {
  static func main() {
    guard let order = Order.read() else {
      say("vmfetch: it is started by vmsupervisor, and by nobody else\n")
      exit(2)
    }
    // The library's own configuration is of no use here, and cannot be read.
    setenv("OPENSSL_CONF", "/dev/null", 1)
    curl_global_init(Int(CURL_GLOBAL_ALL))
    let transfer = Transfer(order)
    transfer.run()
    exit(0)
  }

  static func say(_ text: String) { _ = text.withCString { write(2, $0, strlen($0)) } }
}

/// At which numbers descriptors are found; the supervisor's `FetchTool` has the same.
enum Place {
  /// The file that is written to.
  static let file: Int32 = 3
  /// The connection to the server.
  static let connection: Int32 = 5
  /// A file in memory for the report.
  static let report: Int32 = 6
  /// What is asked for comes here. It ends when nobody waits for this program any more.
  static let lifeline: Int32 = 7
  /// Certificates of authorities that are trusted, as PEM.
  static let authorities: Int32 = 8
}

/// What is asked for.
struct Order {
  let url: String
  /// Bytes that are there already.
  let offset: UInt64
  /// Most bytes that the whole file may have.
  let most: UInt64
  /// What the server has called the version that these bytes are of; empty for none.
  let validator: String
  /// How long to wait for a byte.
  let seconds: Int

  /// Lines, in the order of the above.
  private init?(_ words: [Substring]) {
    guard words.count == 5, let offset = UInt64(words[1]), let most = UInt64(words[2]), let seconds = Int(words[4]),
      seconds > 0
    else { return nil }
    (url, self.offset, self.most, validator, self.seconds) = (
      String(words[0]), offset, most, String(words[3]), seconds
    )
  }

  /// Most bytes of an order.
  private static let longest = 8192

  static func read() -> Order? {
    var bytes = [UInt8](repeating: 0, count: longest)
    var count = 0
    while bytes[..<count].count(where: { $0 == 0x0a }) < 5 {
      let got = bytes.withUnsafeMutableBytes {
        recv(Place.lifeline, $0.baseAddress?.advanced(by: count), longest - count, 0)
      }
      guard got > 0, count + got < longest else { return nil }
      count += got
    }
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    return Order(text.split(separator: "\n", omittingEmptySubsequences: false).dropLast())
  }
}
