#include "CRE2.h"
#include <cstring>
#include <new>
#include <re2/re2.h>
#include <vector>

struct cre2_pattern {
    re2::RE2 expression;
    cre2_pattern(const re2::StringPiece &text, const re2::RE2::Options &options) : expression(text, options) {}
};

extern "C" cre2_pattern *cre2_new(const uint8_t *pattern, size_t length, char *message, size_t message_size) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto *made = new (std::nothrow) cre2_pattern(re2::StringPiece(reinterpret_cast<const char *>(pattern), length), options);
    if (made != nullptr && made->expression.ok()) return made;
    if (message_size > 0) {
        const char *reason = made != nullptr ? made->expression.error().c_str() : "out of memory";
        std::strncpy(message, reason, message_size - 1);
        message[message_size - 1] = 0;
    }
    delete made;
    return nullptr;
}

extern "C" void cre2_free(cre2_pattern *pattern) { delete pattern; }

extern "C" int cre2_group_count(const cre2_pattern *pattern) { return pattern->expression.NumberOfCapturingGroups(); }

extern "C" const uint8_t *cre2_group_name(const cre2_pattern *pattern, int group, size_t *length) {
    const auto &names = pattern->expression.CapturingGroupNames();
    const auto found = names.find(group);
    if (found == names.end()) return nullptr;
    *length = found->second.size();
    return reinterpret_cast<const uint8_t *>(found->second.data());
}

extern "C" int cre2_match(const cre2_pattern *pattern, const uint8_t *text, size_t length, ptrdiff_t *ranges,
                          size_t count) {
    const char *start = reinterpret_cast<const char *>(text);
    // A piece without an address would look like a group that took no part.
    re2::StringPiece piece(start == nullptr ? "" : start, length);
    std::vector<re2::StringPiece> groups(count);
    if (!pattern->expression.Match(piece, 0, length, re2::RE2::UNANCHORED, groups.data(), int(count))) return 0;
    for (size_t group = 0; group < count; group++) {
        const bool took_part = groups[group].data() != nullptr;
        ranges[2 * group] = took_part ? groups[group].data() - piece.data() : -1;
        ranges[2 * group + 1] = took_part ? ranges[2 * group] + ptrdiff_t(groups[group].size()) : -1;
    }
    return 1;
}
