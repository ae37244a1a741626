/* NumPy's arrays. */
#include "fuzz.h"

/* not the one of the tests */
#include "../../io/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plethio_npy a, again;
    struct plethio_error e = {{0}};
    const char *path = fuzz_file("in.npy", data, size);
    int64_t count = 1;
    FILE *f;

    if (plethio_npy_read(&a, path, &e)) {
        MUST(e.text[0] && !strchr(e.text, '\n') && !a.data);
        return 0;
    }
    MUST(a.rank >= 0 && a.rank <= PLETHIO_AXES);
    for (int i = 0; i < a.rank; i++)
        count *= a.shape[i];
    MUST(count == a.count && count > 0);
    /* what is written is read as it was */
    f = fopen(path, "wb");
    MUST(f);
    plethio_npy_write(f, a.rank, a.shape, a.data);
    MUST(fclose(f) == 0 && plethio_npy_read(&again, path, &e) == 0);
    MUST(again.rank == a.rank && memcmp(again.shape, a.shape, sizeof a.shape) == 0);
    MUST(memcmp(again.data, a.data, (size_t)count * sizeof *a.data) == 0);
    plethio_npy_free(&again);
    plethio_npy_free(&a);
    return 0;
}
