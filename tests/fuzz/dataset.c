/* References of data sets, tables of waves and of rates. Up to a line of "waves.bin" the input is a
 * text that every reader of text gets; what follows that line goes beside it, as the numbers of an
 * index of waves. */
#include "reference.h"

#include "estimates.h"

static void one_line(const struct plethio_error *e)
{
    MUST(e->text[0] && !strchr(e->text, '\n'));
}

static void read_waves(const char *path, double rate_hz)
{
    struct plethio_waves w;
    struct plethio_error e = {{0}};

    if (plethio_waves_read(&w, path, rate_hz, &e)) {
        one_line(&e);
        return;
    }
    for (int i = 0; i < w.count; i++) {
        MUST(w.pair[i].rate_hz > 0 && isfinite(w.pair[i].rate_hz));
        for (int j = 0; j < w.pair[i].n; j++)
            MUST(isfinite(w.pair[i].estimate[j]) && isfinite(w.pair[i].label[j]));
    }
    plethio_waves_free(&w);
}

static void read_rates(const char *path)
{
    struct plethio_rates r;
    struct plethio_error e = {{0}};

    if (plethio_rates_read(&r, path, NULL, 0, &e)) {
        one_line(&e);
        return;
    }
    for (int i = 0; i < r.count; i++) {
        MUST(isfinite(r.rate[i].reference));
        MUST(r.rate[i].answered == 0 || r.rate[i].answered == 1);
    }
    plethio_rates_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "waves.bin\n";
    size_t text = size, skip = 0;

    for (size_t i = 0; i + sizeof(mark) - 1 <= size; i++) {
        if (memcmp(data + i, mark, sizeof(mark) - 1) == 0) {
            text = i;
            skip = sizeof(mark) - 1;
            break;
        }
    }
    fuzz_file("index.csv", data, text);
    fuzz_file("waves.bin", data + text + skip, size - text - skip);
    read_waves(fuzz_folder, 0);
    read_waves(fuzz_file("in.csv", data, text), 0);
    read_waves(fuzz_file("in.csv", data, text), 30);
    fuzz_reference("folder", fuzz_file("in.csv", data, text));
    fuzz_reference("neutral", fuzz_file("in.csv", data, text));
    fuzz_reference("bidmc", fuzz_file("in.csv", data, text));
    fuzz_reference_of("wesad", "absent", fuzz_file("in.csv", data, text));
    fuzz_reference("ubfc1", fuzz_file("gtdump.xmp", data, text));
    fuzz_reference("ubfc2", fuzz_file("ground_truth.txt", data, text));
    read_rates(fuzz_file("in.csv", data, text));
    return 0;
}
