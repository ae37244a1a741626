#include "signal/peaks.h"
#include "test.h"

int main(void)
{
    static const double wave[] = {5, 1, 2, 1, 3, 3, 1, 4, 4, 4, 4, 2, 6, 6, 7, 7, 8};
    static const double falling[] = {3, 2, 1}, flat[] = {1, 1, 1, 1};
    int index[8];

    /* the ends and a rising step are no maxima; of a flat top the middle, rounded down */
    CHECK(pleth_local_maxima(wave, 17, index, 8) == 3);
    CHECK(index[0] == 2 && index[1] == 4 && index[2] == 8);
    CHECK(pleth_local_maxima(wave, 17, index, 2) == 2);
    CHECK(pleth_local_maxima(wave, 17, index, 0) == 0);
    CHECK(pleth_local_maxima(falling, 3, index, 8) == 0);
    CHECK(pleth_local_maxima(flat, 4, index, 8) == 0);
    CHECK(pleth_local_maxima(wave, 1, index, 8) == 0);
    CHECK(pleth_local_maxima(wave, 0, index, 8) == 0);

    /* exact on a parabola, wherever its top */
    for (double top = -0.5; top <= 0.5; top += 0.05)
        CHECK_NEAR(
            pleth_parabola(3 - (-1 - top) * (-1 - top), 3 - top * top, 3 - (1 - top) * (1 - top)),
            top, 1e-12);
    CHECK_NEAR(pleth_parabola(2, 2, 2), 0, 0);
    CHECK_NEAR(pleth_parabola(0, 1, 1), 0.5, 1e-15);
    CHECK_NEAR(pleth_parabola(1, 1, 0), -0.5, 1e-15);
    return test_done();
}
