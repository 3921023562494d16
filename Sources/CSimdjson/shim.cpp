#include "CSimdjson.h"
#include <new>
#include <simdjson.h>

using namespace simdjson;

struct sj_parser {
    dom::parser parser;
    size_t depth = 0;
};

extern "C" sj_parser *sj_parser_new(void) { return new (std::nothrow) sj_parser(); }

extern "C" void sj_parser_free(sj_parser *parser) { delete parser; }

extern "C" size_t sj_capacity(const sj_parser *p) { return p->parser.capacity(); }

extern "C" void sj_release(sj_parser *p) {
    p->parser = dom::parser();
    p->depth = 0;
}

static error_code parse_within(sj_parser *p, const uint8_t *bytes, size_t length, size_t depth) {
    // simdjson grows a parser to the input's length but keeps its depth, so a changed depth allocates anew.
    if (p->depth != depth || p->parser.capacity() < length) {
        size_t capacity = length > p->parser.capacity() ? length + length / 4 : p->parser.capacity();
        error_code allocated = p->parser.allocate(capacity < 16384 ? 16384 : capacity, depth);
        if (allocated != SUCCESS) return allocated;
        p->depth = depth;
    }
    dom::element element;
    return p->parser.parse(bytes, length, true).get(element);
}

// How many arrays and objects stand inside each other at most, in an input that was parsed.
static size_t nesting(const sj_parser *p, const uint8_t *bytes) {
    const auto &implementation = p->parser.implementation;
    const uint32_t *structurals = implementation->structural_indexes.get();
    size_t depth = 0, deepest = 0;
    for (uint32_t i = 0; i < implementation->n_structural_indexes; i++) {
        const uint8_t c = bytes[structurals[i]];
        if (c == '{' || c == '[') {
            if (++depth > deepest) deepest = depth;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return deepest;
}

extern "C" int sj_parse(sj_parser *p, const uint8_t *bytes, size_t length, size_t maximum_depth) {
    // simdjson counts a level for what stands in a container, so an empty one counts none: one limit is too strict,
    // the next too lax. Nearly every input is within the strict one; the others are measured.
    error_code code = parse_within(p, bytes, length, maximum_depth);
    if (code != DEPTH_ERROR) return code;
    code = parse_within(p, bytes, length, maximum_depth + 1);
    return code == SUCCESS && nesting(p, bytes) > maximum_depth ? DEPTH_ERROR : code;
}

extern "C" const uint64_t *sj_tape(const sj_parser *p) { return p->parser.doc.tape.get(); }

extern "C" const uint8_t *sj_strings(const sj_parser *p) { return p->parser.doc.string_buf.get(); }

// Stage 2 writes one tape entry for each structural character that is neither ':' nor ',', in the same order, so both
// are walked in step. Numbers take two words.
extern "C" int sj_source_ranges(const sj_parser *p, const uint8_t *bytes, size_t length, const uint32_t *positions,
                                size_t count, uint32_t *starts, uint32_t *ends) {
    if (count == 0) return 0;
    const auto &implementation = p->parser.implementation;
    const uint64_t *tape = p->parser.doc.tape.get();
    const uint32_t *structurals = implementation->structural_indexes.get();
    const uint32_t total = implementation->n_structural_indexes;
    size_t found = 0;
    uint64_t word = 1;
    for (uint32_t i = 0; i < total; i++) {
        const uint32_t offset = structurals[i];
        const uint8_t c = bytes[offset];
        if (c == ':' || c == ',') continue;
        if (word == positions[found]) {
            starts[found] = offset;
            if (c == '{' || c == '[') {
                // The tape says where the value ends there; in the text its brackets are counted, which are told by
                // one bit from small letters' places: { and [ become {, } and ] become }.
                const uint64_t next = uint32_t(tape[word]);
                uint32_t depth = 1;
                while (depth != 0 && ++i < total) {
                    const uint8_t bracket = bytes[structurals[i]] | 0x20;
                    depth += uint32_t(bracket == '{') - uint32_t(bracket == '}');
                }
                if (depth != 0) return 1;
                ends[found++] = structurals[i] + 1;
                if (found == count) return 0;
                word = next;
                continue;
            } else {
                uint32_t end = i + 1 < total ? structurals[i + 1] : uint32_t(length);
                while (end > offset + 1 && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '\n' ||
                                            bytes[end - 1] == '\r'))
                    end--;
                ends[found++] = end;
                if (found == count) return 0;
            }
        }
        const uint8_t type = uint8_t(tape[word] >> 56);
        word += (type == 'l' || type == 'u' || type == 'd') ? 2 : 1;
    }
    return 1;
}

extern "C" const char *sj_error_message(int code) { return error_message(error_code(code)); }
