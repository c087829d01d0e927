#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo take any type, which Swift cannot call: one for each that is used.

static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

// Copied by libcurl.
static inline CURLcode ccurl_set_authorities(CURL *handle, void *bytes, size_t count) {
  struct curl_blob blob = {bytes, count, CURL_BLOB_COPY};
  return curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
}

typedef size_t (*ccurl_data)(char *bytes, size_t size, size_t count, void *own);
typedef int (*ccurl_progress)(void *own, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
typedef curl_socket_t (*ccurl_socket)(void *own, curlsocktype purpose, struct curl_sockaddr *address);

static inline CURLcode ccurl_set_data(CURL *handle, CURLoption option, ccurl_data call) {
  return curl_easy_setopt(handle, option, call);
}

static inline CURLcode ccurl_set_progress(CURL *handle, ccurl_progress call) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, call);
}

static inline CURLcode ccurl_set_socket(CURL *handle, ccurl_socket call) {
  return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, call);
}
