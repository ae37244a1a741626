/* What compiled programs rely on: numbers and layouts of pleth.h, and the sentences behind them. */
#include <stddef.h>
#include <string.h>

#include "pleth/pleth.h"
#include "test.h"

static const char *const reasons[] = {
    "no_face",       "face_lost",
    "too_dark",      "saturated",
    "light_changes", "motion",
    "no_pulse",      "low_rate",
    "gap",           "warming_up",
    "too_short",     "unstable",
    "off_wrist",     "not_measurable_here",
};

static const char *const methods[] = {"pos", "chrom", "green", "lgi", "pbv", "omit", "ica"};

int main(void)
{
    pleth_config config;
    int i;

    CHECK(pleth_version() == PLETH_VERSION);
    CHECK(PLETH_VERSION ==
          PLETH_VERSION_MAJOR * 65536 + PLETH_VERSION_MINOR * 256 + PLETH_VERSION_PATCH);

    /* numbers that bindings write down */
    CHECK(PLETH_OK == 0 && PLETH_AGAIN == 1);
    CHECK(PLETH_EINVAL == -1 && PLETH_EMEMORY == -2 && PLETH_EFRAME == -3 && PLETH_ETIME == -4 &&
          PLETH_EVERSION == -5);
    CHECK(PLETH_ROI_FACE == 0 && PLETH_ROI_BOX == 1 && PLETH_ROI_ALL == 2);

    /* layouts: the same on every target, without hidden padding */
    CHECK(sizeof(pleth_box) == 16);
    CHECK(sizeof(pleth_sensor_config) == 32);
    CHECK(sizeof(pleth_config) == 12 + 16 + 8 + 4 + 4 + 28 + sizeof(void *) + 32);
    CHECK(sizeof(pleth_sample) == 8 + 16 + 12 + 4);
    CHECK(sizeof(pleth_vital) == 32);
    CHECK(sizeof(pleth_reading) == 8 + 8 + 3 * 32 + 16 + 4 + 12 + 8 + 24);
    CHECK(offsetof(pleth_reading, heart_rate) == 16 && offsetof(pleth_reading, face) == 80);
    CHECK(offsetof(pleth_reading, oxygen_saturation) == 120);
    CHECK(sizeof(pleth_wave) == 16);
    CHECK(offsetof(pleth_frame, plane) == 32);

    for (i = PLETH_EVERSION; i <= PLETH_AGAIN; i++)
        CHECK(strlen(pleth_strerror(i)) > 0);
    CHECK(strlen(pleth_strerror(-1000)) > 0 && strlen(pleth_strerror(1000)) > 0);
    CHECK(strcmp(pleth_strerror(PLETH_EFRAME), pleth_strerror(PLETH_ETIME)) != 0);

    CHECK(PLETH_REASON_COUNT == sizeof(reasons) / sizeof(reasons[0]));
    for (i = 0; i < PLETH_REASON_COUNT; i++)
        CHECK(pleth_reason_name(i) && strcmp(pleth_reason_name(i), reasons[i]) == 0);
    CHECK(!pleth_reason_name(-1) && !pleth_reason_name(PLETH_REASON_COUNT));

    CHECK(PLETH_METHOD_COUNT == sizeof(methods) / sizeof(methods[0]));
    for (i = 0; i < PLETH_METHOD_COUNT; i++)
        CHECK(pleth_method_name(i) && strcmp(pleth_method_name(i), methods[i]) == 0);
    CHECK(!pleth_method_name(-1) && !pleth_method_name(PLETH_METHOD_COUNT));

    memset(&config, 0xff, sizeof(config));
    pleth_config_default(&config);
    CHECK(config.version == PLETH_VERSION && config.method == PLETH_METHOD_POS);
    CHECK(config.roi == PLETH_ROI_FACE && config.rate_min == 40 && config.rate_max == 220);
    CHECK(config.every_s == 1 && config.cpu_mask == PLETH_CPU_ALL);
    for (i = 0; i < 3; i++)
        CHECK(config.oxygen_curve[i] == 0);
    for (i = 0; i < 4; i++)
        CHECK(config.reserved[i] == 0);
    return test_done();
}
