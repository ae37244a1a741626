/* Reasons: each has a sentence, and what can be mended is told first. */
#include "reasons.h"

#include <string.h>

#include "pleth/pleth.h"
#include "../test.h"

int main(void)
{
    for (int bit = 0; bit < PLETH_REASON_COUNT; bit++) {
        const char *sentence = tool_reason_sentence(bit), *attempt = tool_reason_try(bit);
        CHECK(sentence && strlen(sentence) >= 10 && strlen(sentence) <= 60);
        CHECK(sentence && sentence[strlen(sentence) - 1] == '.');
        CHECK(attempt && strlen(attempt) <= 70);
        CHECK(attempt && (!*attempt || attempt[strlen(attempt) - 1] == '.'));
        CHECK(tool_reason_first(1u << bit) == bit);
    }
    CHECK(!tool_reason_sentence(-1) && !tool_reason_sentence(PLETH_REASON_COUNT));
    CHECK(!tool_reason_try(-1) && !tool_reason_try(PLETH_REASON_COUNT));
    CHECK(tool_reason_first(0) == -1);
    CHECK(tool_reason_first(1u << PLETH_REASON_COUNT) == -1);
    /* darkness explains a missing pulse, and a missing face explains darkness */
    CHECK(1u << tool_reason_first(PLETH_NO_PULSE | PLETH_TOO_DARK) == PLETH_TOO_DARK);
    CHECK(1u << tool_reason_first(PLETH_NO_FACE | PLETH_TOO_DARK | PLETH_WARMING_UP) ==
          PLETH_NO_FACE);
    CHECK(1u << tool_reason_first(PLETH_NO_PULSE | PLETH_WARMING_UP) == PLETH_WARMING_UP);
    return test_done();
}
