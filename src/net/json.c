/* The pieces of JSON that model files are made of. */
#include "json.h"

#include <string.h>

void pleth_json_space(struct pleth_json *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

int pleth_json_accept(struct pleth_json *s, char c)
{
    pleth_json_space(s);
    if (s->at == s->end || *s->at != c)
        return 0;
    s->at++;
    return 1;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* From behind a backslash on. */
static int skip_escape(struct pleth_json *s)
{
    if (s->at == s->end || !memchr("\"\\/bfnrtu", *s->at, 9))
        return 0;
    if (*s->at == 'u')
        for (int i = 0; i < 4; i++)
            if (++s->at == s->end || hex(*s->at) < 0)
                return 0;
    return 1;
}

int pleth_json_text(struct pleth_json *s, const char **text, int *length)
{
    if (!pleth_json_accept(s, '"'))
        return 0;
    *text = s->at;
    for (; s->at < s->end && *s->at != '"'; s->at++) {
        if ((unsigned char)*s->at < 0x20)
            return 0;
        if (*s->at == '\\') {
            s->at++;
            if (!skip_escape(s))
                return 0;
        }
    }
    if (s->at == s->end)
        return 0;
    *length = (int)(s->at++ - *text);
    return 1;
}

int pleth_json_whole(struct pleth_json *s, int64_t *n)
{
    const char *from;

    pleth_json_space(s);
    from = s->at;
    *n = 0;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        *n = 10 * *n + (*s->at++ - '0');
        if (*n > (int64_t)1 << 53)
            return 0;
    }
    /* as JSON: no leading zeros; fractions and exponents have no place here */
    return s->at > from && (*from != '0' || s->at == from + 1);
}

int pleth_json_is(const char *text, int length, const char *word)
{
    return (size_t)length == strlen(word) && memcmp(text, word, (size_t)length) == 0;
}

int pleth_json_unescape(const char *text, int length, char *out, size_t size)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t n = 0;

    for (int i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < length) {
            const char *known = memchr(from, text[++i], sizeof from - 1);
            c = known ? to[known - from] : '?';
            if (text[i] == 'u' && i + 4 < length) {
                const int high = hex(text[i + 3]), low = hex(text[i + 4]);
                if (text[i + 1] == '0' && text[i + 2] == '0' && high >= 0 && high < 8 && low >= 0)
                    c = (char)(16 * high + low);
                i += 4;
            }
        }
        if (n + 1 >= size || c == '\0')
            return 0;
        out[n++] = c;
    }
    out[n] = '\0';
    return 1;
}
