#pragma once
/* The door to simdjson, which is C++: one parser with its tape, read from Swift in place. */
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct sj_parser sj_parser;

/* A parser that owns its tape, its string buffer and a padded copy of the input. NULL when memory is out. */
sj_parser *sj_parser_new(void);
void sj_parser_free(sj_parser *parser);

/* The length of input that a parser has memory for; it takes about 15 times as much. */
size_t sj_capacity(const sj_parser *parser);
/* Gives a parser's memory back; its tape is gone. */
void sj_release(sj_parser *parser);

/* Parses UTF-8 JSON text in which at most `maximum_depth` arrays and objects stand inside each other. 0, or simdjson's
 * error code; the tape is valid until the next call or sj_parser_free. */
int sj_parse(sj_parser *parser, const uint8_t *bytes, size_t length, size_t maximum_depth);

/* simdjson's tape (its doc/tape.md): word 0 is the root, the document's value starts at word 1. */
const uint64_t *sj_tape(const sj_parser *parser);
/* Strings of the tape: each a 32-bit length in host order, the bytes, and a NUL. */
const uint8_t *sj_strings(const sj_parser *parser);

/* For each of `count` tape positions, ascending and not nested in each other, the range of the input that its value
 * was read from. `bytes` is the input of the last successful sj_parse. 0 when done, 1 when a position is none of a value. */
int sj_source_ranges(const sj_parser *parser, const uint8_t *bytes, size_t length, const uint32_t *positions, size_t count,
                     uint32_t *starts, uint32_t *ends);

/* A constant English sentence for an error code of sj_parse. */
const char *sj_error_message(int code);

#ifdef __cplusplus
}
#endif
