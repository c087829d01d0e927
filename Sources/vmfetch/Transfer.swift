import CCurl
import Glibc

/// One request and what comes of it.
final class Transfer {
  private let order: Order
  private var head = Head()
  private var report = Report()
  /// Where the next bytes are written; nil while there is nothing to write.
  private var position: UInt64?
  /// Why it was ended by us: the last line of the report.
  private var end: (word: String, value: String)?
  private var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))

  init(_ order: Order) { self.order = order }

  func run() {
    guard let handle = curl_easy_init() else { return report.add("end", "refused the library does not begin") }
    let own = Unmanaged.passUnretained(self).toOpaque()
    message.withUnsafeMutableBufferPointer { text in
      _ = ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, text.baseAddress)
      let list = prepare(handle, own)
      let result = curl_easy_perform(handle)
      let words = text.baseAddress.map { String(cString: $0) } ?? ""
      finish(result, words.isEmpty ? String(cString: curl_easy_strerror(result)) : words)
      list.forEach { curl_slist_free_all($0) }
    }
    curl_easy_cleanup(handle)
  }

  /// - Returns: lists that have to stay until the end.
  private func prepare(_ handle: UnsafeMutableRawPointer, _ own: UnsafeMutableRawPointer)
    -> [UnsafeMutablePointer<curl_slist>?]
  {
    _ = ccurl_set_text(handle, CURLOPT_URL, order.url)
    _ = ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = ccurl_set_number(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    _ = ccurl_set_text(handle, CURLOPT_USERAGENT, "procurator")
    _ = ccurl_set_text(handle, CURLOPT_PROXY, "")
    _ = ccurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    _ = ccurl_set_number(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let authorities = Self.content(Place.authorities) {
      var bytes = authorities
      _ = ccurl_set_authorities(handle, &bytes, bytes.count)
    }
    _ = ccurl_set_text(handle, CURLOPT_CAPATH, nil)
    _ = ccurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, order.seconds)
    _ = ccurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
    _ = ccurl_set_number(handle, CURLOPT_LOW_SPEED_TIME, order.seconds)
    // It is connected already: no name is to be asked for, and the address does not matter.
    let address = curl_slist_append(nil, "::127.0.0.1:")
    _ = ccurl_set_list(handle, CURLOPT_CONNECT_TO, address)
    var headers: UnsafeMutablePointer<curl_slist>?
    if order.offset > 0 {
      _ = ccurl_set_text(handle, CURLOPT_RANGE, "\(order.offset)-")
      headers = curl_slist_append(nil, "If-Range: " + order.validator)
      _ = ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)
    }
    _ = ccurl_set_socket(handle) { _, _, _ in Place.connection }
    _ = ccurl_set_data(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, own in
      Transfer.of(own)?.takeHead(bytes, size * count) ?? 0
    }
    _ = ccurl_set_pointer(handle, CURLOPT_HEADERDATA, own)
    _ = ccurl_set_data(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, own in
      Transfer.of(own)?.takeBody(bytes, size * count) ?? 0
    }
    _ = ccurl_set_pointer(handle, CURLOPT_WRITEDATA, own)
    _ = ccurl_set_number(handle, CURLOPT_NOPROGRESS, 0)
    _ = ccurl_set_progress(handle) { _, _, _, _, _ in Transfer.isAbandoned ? 1 : 0 }
    return [address, headers]
  }

  private static func of(_ own: UnsafeMutableRawPointer?) -> Transfer? {
    own.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Whether nobody waits any more. Asked about once a second at least.
  private static var isAbandoned: Bool {
    var state = pollfd(fd: Place.lifeline, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, 0) > 0
  }

  private static func content(_ file: Int32) -> [UInt8]? {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size > 0, status.st_size <= 8 << 20 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let got = pread(file, &bytes, bytes.count, 0)
    return got > 0 ? Array(bytes.prefix(got)) : nil
  }

  // MARK: what comes

  private func takeHead(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let bytes else { return 0 }
    let line =
      String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
      .split(whereSeparator: { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }).first.map(String.init) ?? ""
    guard line.isEmpty else {
      head.take(line)
      return count
    }
    // What is before the answer itself (RFC 9110, 15.2) says nothing.
    guard head.status >= 200 else { return count }
    return begin() ? count : 0
  }

  /// The head is whole: says what it says, and whether the body is wanted.
  private func begin() -> Bool {
    report.add("status", "\(head.status)")
    report.add("validator", head.validator)
    if !head.location.isEmpty { report.add("location", head.location) }
    switch head.status {
    case 200:
      guard takeWhole(head.length) else { return false }
      guard ftruncate(Place.file, 0) == 0 else { return stop("disk", String(cString: strerror(errno))) }
      position = 0
    case 206:
      guard order.offset > 0, head.rangeStart == order.offset else {
        return stop("refused", "the server sends another part than it was asked for")
      }
      // Before the first byte: what is there is of the version that was ordered.
      guard head.validator.isEmpty || head.validator == order.validator else {
        return stop("refused", "the server sends a part of another version")
      }
      guard let total = head.rangeTotal else {
        return stop("refused", "the server sends a part, and does not say of how much")
      }
      guard takeWhole(total) else { return false }
      position = order.offset
    default: return stop("status", "")
    }
    return true
  }

  private func takeWhole(_ total: UInt64?) -> Bool {
    guard head.encoding.isEmpty || head.encoding.lowercased() == "identity" else {
      return stop("refused", "the server sends the file packed, as \(head.encoding)")
    }
    guard let total else { return true }
    // Said in the last line alone: nobody is to reckon with what does not come.
    guard total <= order.most else { return stop("most", "\(total)") }
    report.add("total", "\(total)")
    return true
  }

  private func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
    guard let bytes, let start = position else { return 0 }
    guard start <= order.most, UInt64(count) <= order.most - start else { return stop("most", "") ? count : 0 }
    var done = 0
    while done < count {
      let wrote = pwrite(Place.file, bytes + done, count - done, off_t(start) + off_t(done))
      if wrote < 0, errno == EINTR { continue }
      guard wrote > 0 else { return stop("disk", String(cString: strerror(errno))) ? count : 0 }
      done += wrote
    }
    position = start + UInt64(count)
    return count
  }

  /// - Returns: false.
  private func stop(_ word: String, _ value: String) -> Bool {
    if end == nil { end = (word, value) }
    return false
  }

  private func finish(_ result: CURLcode, _ words: String) {
    if let end { return report.add("end", end.value.isEmpty ? end.word : end.word + " " + end.value) }
    let word =
      switch result {
      case CURLE_OK: position == nil ? "status" : "whole"
      case CURLE_ABORTED_BY_CALLBACK: "abandoned"
      case CURLE_OPERATION_TIMEDOUT: "silent"
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM:
        "certificate"
      case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR,
        CURLE_COULDNT_CONNECT:
        "interrupted"
      default: "refused"
      }
    report.add("end", word + " " + words)
  }
}
