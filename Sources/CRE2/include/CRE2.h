#pragma once
/* The door to RE2, which is C++: a compiled regular expression and its captures. */
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

/* Compiles a pattern in UTF-8 with at most 1 MiB for its automata. NULL when it is not valid: the reason, cut to
 * `message_size` bytes with a NUL, is in `message` then. */
cre2_pattern *cre2_new(const uint8_t *pattern, size_t length, char *message, size_t message_size);
void cre2_free(cre2_pattern *pattern);

/* The number of capturing groups. */
int cre2_group_count(const cre2_pattern *pattern);

/* The name of a group (1 for the first), valid as long as the pattern; NULL when it has none. */
const uint8_t *cre2_group_name(const cre2_pattern *pattern, int group, size_t *length);

/* Finds the first match anywhere in a text. 1 when there is one: `ranges` gets start and end of `count` groups, the
 * whole match first, -1 for a group that took no part. */
int cre2_match(const cre2_pattern *pattern, const uint8_t *text, size_t length, ptrdiff_t *ranges, size_t count);

#ifdef __cplusplus
}
#endif
