#include "quality.h"

#include <math.h>

static float clamp(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

void pleth_quality_features(const struct pleth_rate_signs *s, float *x)
{
    float snr = clamp(s->snr_db, -15, 12) / 10;
    x[0] = 1;
    x[1] = clamp(s->surprise, -3, 60) / 30;
    x[2] = snr;
    x[3] = snr * fabsf(snr);
    x[4] = s->mass;
    x[5] = clamp(s->coherence, 0, 1);
    x[6] = clamp(s->coherence, 0, 1) * snr;
    x[7] = s->window_s / 10;
    x[8] = clamp(s->history, -5, 60) / 20;
    x[9] = 1 - clamp(s->explained, 0, 1);
    x[10] = x[11] = x[12] = 0;
}

void pleth_quality_breathing_features(const struct pleth_breathing_signs *s, float *x)
{
    x[0] = 1;
    x[1] = clamp(s->surprise, -3, 40) / 20;
    x[2] = s->mass;
    x[3] = clamp(s->breaths, 0, 12) / 10;
    x[4] = clamp(s->motion_db, -12, 10) / 10;
    x[5] = clamp(s->modulation_db, -12, 10) / 10;
    x[6] = s->calm;
    x[7] = s->calm * x[4];
    x[8] = s->calm * x[1];
    x[9] = 0;
    x[10] = x[11] = x[12] = 0;
}

void pleth_quality_beats_features(const struct pleth_breathing_signs *s, float *x)
{
    x[0] = 1;
    x[1] = clamp(s->surprise, -5, 40) / 20;
    x[2] = s->mass;
    x[3] = logf(clamp(s->sd, 0.1f, 10));
    x[4] = clamp(s->modulation_db, -12, 10) / 10;
    x[5] = clamp(s->breaths, 0, 20) / 10;
    x[6] = s->mass * x[4];
    x[7] = x[5] * x[5];
    x[8] = x[9] = x[10] = x[11] = x[12] = 0;
}

void pleth_quality_sensor_features(const struct pleth_sensor_signs *s, float *x)
{
    float share = logf(clamp(s->share, 0.3f, 20));
    x[0] = 1;
    x[1] = s->mass;
    x[2] = logf(s->sd > 0.3f ? s->sd : 0.3f);
    x[3] = clamp(s->height, 0, 3);
    x[4] = share;
    x[5] = clamp(s->motion, 0, 1);
    x[6] = s->mass * share;
    x[7] = s->locked;
    x[8] = s->locked * share;
    /* of a wave that motion has bent the shape says little */
    float calm = 1 - clamp(s->motion / 0.1f, 0, 1);
    float skew = clamp(s->skew, 0, 3), regular = clamp(s->regular, 0, 1);
    x[9] = s->accelerated > 0 ? calm : skew;
    x[10] = s->accelerated > 0 ? 0 : regular;
    x[11] = skew * regular * (s->accelerated > 0 ? calm : 1);
    x[12] = s->network > 0 ? s->agreed : 0;
}

static float judge(const float *w, const float *x)
{
    float z = 0;
    for (int c = 0; c < PLETH_QUALITY_FEATURES; c++)
        z += w[c] * x[c];
    return 1 / (1 + expf(-z));
}

float pleth_quality_of_pulse(const struct pleth_rate_signs *s, int method)
{
    static const float quarters[PLETH_RATE_NETWORK + 1][PLETH_QUALITY_FEATURES] = {
        [PLETH_METHOD_POS] = {-6.548f, 2.699f, -1.335f, 0.680f, 3.815f, 0.837f, 0.530f, 0.488f,
                              0.878f},
        [PLETH_METHOD_CHROM] = {-6.386f, 2.576f, -1.670f, 0.021f, 0.771f, 2.368f, 2.702f, 1.233f,
                                1.094f},
        [PLETH_METHOD_GREEN] = {-7.184f, 3.590f, -8.841f, 3.166f, 2.258f, 4.555f, 3.852f, -2.766f,
                                0.612f},
        [PLETH_METHOD_LGI] = {-7.684f, 1.264f, -4.102f, 1.560f, 2.696f, 4.318f, 4.032f, 0.139f,
                              0.792f},
        [PLETH_METHOD_PBV] = {-7.833f, 1.440f, -6.883f, 2.824f, 2.775f, 4.572f, 5.242f, -0.145f,
                              1.036f},
        [PLETH_METHOD_OMIT] = {-7.507f, 1.261f, -4.078f, 1.583f, 2.543f, 4.260f, 4.004f, 0.147f,
                               0.802f},
        [PLETH_METHOD_ICA] = {-7.678f, 2.800f, -7.316f, 2.407f, 3.190f, 5.552f, 5.393f, -2.927f,
                              0.723f},
        [PLETH_RATE_NETWORK] = {-3.447f, -5.292f, 6.751f, 0.051f, 1.283f, 3.117f, 3.133f, 9.454f,
                                -0.136f, -3.733f},
    };
    /* Colours alone: one for all methods. Fitted each by its own, GREEN, PBV and ICA never answer
     * where light may wander, not even a clear pulse; who gives only colours is taken to know the
     * light. */
    static const float whole[PLETH_QUALITY_FEATURES] = {-2.904f, -0.719f, 3.711f, -1.039f, 1.700f,
                                                        0,       0,       2.168f, 0.818f};
    float x[PLETH_QUALITY_FEATURES];
    pleth_quality_features(s, x);
    return judge(s->coherence < -0.5f ? whole : quarters[method], x);
}

float pleth_quality_of_breathing(const struct pleth_breathing_signs *s)
{
    static const float picture[PLETH_QUALITY_FEATURES] = {
        -1.843f, 0.287f, 2.003f, -1.454f, 1.975f, -0.964f, -3.019f, -1.893f, 8.167f};
    static const float colours[PLETH_QUALITY_FEATURES] = {-1.001f, 7.820f, 1.463f, -2.138f, 1.201f,
                                                          -2.178f, 0,      0,      0};
    float x[PLETH_QUALITY_FEATURES];
    pleth_quality_breathing_features(s, x);
    return judge(s->calm > 0 ? picture : colours, x);
}

float pleth_quality_of_beats(const struct pleth_breathing_signs *s)
{
    static const float beats[PLETH_QUALITY_FEATURES] = {-3.558f, 0.584f, 1.928f,  -1.012f,
                                                        2.169f,  6.541f, -2.013f, -2.150f};
    float x[PLETH_QUALITY_FEATURES];
    pleth_quality_beats_features(s, x);
    return judge(beats, x);
}

float pleth_quality_of_sensor(const struct pleth_sensor_signs *s)
{
    /* Without an accelerometer only its shape tells a pulse from steps; with a network's evidence
       beside that of spectra: the second row of each. */
    static const float with[2][PLETH_QUALITY_FEATURES] = {
        {-8.942f, 7.245f, 0.102f, 1.973f, 3.189f, -1.540f, -2.614f, 2.345f, -2.800f, -1.522f, 0,
         7.152f, 0},
        {-14.906f, 11.210f, 0.023f, 2.506f, 7.520f, -1.198f, -7.152f, 4.178f, -3.686f, -0.507f, 0,
         4.827f, 1.492f}};
    static const float without[2][PLETH_QUALITY_FEATURES] = {
        {-3.428f, 2.433f, -0.083f, -0.018f, 1.146f, 0, 1.033f, 0, 0, -0.175f, -7.626f, 9.161f, 0},
        {-8.566f, 7.586f, 0.588f, 0.966f, 0.542f, 0, -0.162f, 0, 0, -0.364f, -8.613f, 10.672f,
         3.215f}};
    const int network = s->network > 0;
    float x[PLETH_QUALITY_FEATURES];
    pleth_quality_sensor_features(s, x);
    return judge(s->accelerated > 0 ? with[network] : without[network], x);
}
