#pragma once
#include <curl/curl.h>

/* curl_easy_setopt is variadic, so Swift cannot call it. One door per argument type. */

/* Numbers and switches: CURLOPTTYPE_LONG and CURLOPTTYPE_VALUES. */
static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/* Sizes: CURLOPTTYPE_OFF_T, which is 64 bits wide where long is not. */
static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/* Text that libcurl copies: CURLOPTTYPE_STRINGPOINT. */
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *text) {
    return curl_easy_setopt(handle, option, text);
}

/* Memory that libcurl does not copy, so it must outlive the transfer: body, error buffer, callback context. */
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *pointer) {
    return curl_easy_setopt(handle, option, pointer);
}

/* Header lines; not copied either. */
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(handle, option, list);
}

/* The callback that gets the answer's body; a function pointer is no object pointer in C. */
typedef size_t (*ccurl_write_function)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode ccurl_set_write_function(CURL *handle, ccurl_write_function function) {
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
}

/* curl_easy_getinfo is variadic too: CURLINFO_LONG, CURLINFO_OFF_T and CURLINFO_PTR. */

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}

/* A finished transfer; in CURLMsg the result is a member of a union next to a pointer. */
static inline CURLcode ccurl_result(const CURLMsg *message) { return message->data.result; }

/* The callback that opens each connection's socket, or refuses the address: the last word after name resolution. */
typedef curl_socket_t (*ccurl_open_socket_function)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode ccurl_set_open_socket_function(CURL *handle, ccurl_open_socket_function function) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, function);
}

/* A parsed URL; not copied, so that what was checked is what is asked. */
static inline CURLcode ccurl_set_url(CURL *handle, CURLU *url) { return curl_easy_setopt(handle, CURLOPT_CURLU, url); }

/* The address itself: the member is declared as long as an IPv4 one, and longer for the others. */
static inline const void *ccurl_address(const struct curl_sockaddr *address) { return &address->addr; }
