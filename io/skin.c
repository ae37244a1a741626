#include <math.h>

#include "skin.h"

#define WAVES 31 /* 400, 410, ... 700 nm */

/* Molar extinction, 1/cm/(mol/l), of deoxygenated and oxygenated haemoglobin: S. Prahl's
 * compilation, Oregon Medical Laser Center, every 10 nm from 400. */
/* clang-format off */
static const double hb[WAVES] = {
    223296, 303956, 407560, 528600, 413280, 103292, 23388.8, 16156.4, 14550, 16684, 20862,
    25773.6, 31589.6, 39036.4, 46592, 53412, 53788, 45072, 37020, 28324.4, 14677.2,
    9443.6, 6509.6, 5148.8, 4345.2, 3750.12, 3226.56, 2795.12, 2407.92, 2051.96, 1794.28};
static const double hbo2[WAVES] = {
    266232, 466840, 480360, 246072, 102580, 62816, 44480, 33209.2, 26629.2, 23684.4, 20932.8,
    20035.2, 24202.4, 39956.8, 53236, 43016, 32613.2, 44496, 50104, 14400.8, 3200,
    1506, 942, 610, 442, 368, 319.6, 294, 277.6, 276, 290};

/* Centre and width (nm) of the camera's sensitivities, and the matrix that makes its raw colours
 * those of a display (rows sum to one, so that white stays white). */
static const double centre_nm[3] = {605, 540, 450};
static const double width_nm[3] = {35, 38, 26};
static const double colour_matrix[3][3] = {
    {1.20, -0.16, -0.04}, {-0.10, 1.16, -0.06}, {0.00, -0.07, 1.07}};
/* clang-format on */

#define EPIDERMIS_CM 0.006
#define PULSE_DEPTH_CM 0.012
#define TISSUE_INDEX 1.4
#define VENOUS_MIX 0.75 /* mean oxygen saturation of the skin's blood */
#define ARTERIAL 0.97

static double blood_absorption(int w, double saturation)
{
    return 2.303 * (saturation * hbo2[w] + (1 - saturation) * hb[w]) * 150 / 64500;
}

static double dermis_reflectance(double absorption, double scattering)
{
    const double n = TISSUE_INDEX;
    double inside = -1.440 / (n * n) + 0.710 / n + 0.668 + 0.0636 * n;
    double a = (1 + inside) / (1 - inside);
    double albedo = scattering / (absorption + scattering);
    double q = sqrt(3 * (1 - albedo));
    return albedo / 2 * (1 + exp(-4.0 / 3 * a * q)) * exp(-q);
}

/* Camera colour of the skin; with more_blood, arterial blood is added in the depth. */
static void colour(double melanin, double blood, double more_blood, double rgb[3])
{
    double raw[3] = {0}, weight[3] = {0};
    int w, c;
    for (w = 0; w < WAVES; w++) {
        double nm = 400 + 10 * w;
        double baseline = 0.244 + 85.3 * exp(-(nm - 154) / 66.2);
        double epidermis = melanin * 6.6e11 * pow(nm, -3.33) + (1 - melanin) * baseline;
        double scattering = 46 * pow(nm / 500, -1.421);
        double dermis = blood * blood_absorption(w, VENOUS_MIX) + (1 - blood) * baseline;
        double r = dermis_reflectance(dermis, scattering);
        if (more_blood > 0) {
            /* light that never comes down to the pulsing vessels does not see them */
            double reach = exp(-2 * PULSE_DEPTH_CM * sqrt(3 * dermis * (dermis + scattering)));
            double arterial = dermis + more_blood * blood_absorption(w, ARTERIAL);
            r += (dermis_reflectance(arterial, scattering) - r) * reach;
        }
        r *= exp(-2 * EPIDERMIS_CM * epidermis);
        for (c = 0; c < 3; c++) {
            double d = (nm - centre_nm[c]) / width_nm[c], s = exp(-d * d / 2);
            raw[c] += s * r;
            weight[c] += s;
        }
    }
    for (c = 0; c < 3; c++) {
        const double *m = colour_matrix[c];
        rgb[c] = m[0] * raw[0] / weight[0] + m[1] * raw[1] / weight[1] + m[2] * raw[2] / weight[2];
        rgb[c] = fmax(rgb[c], 1e-4);
    }
}

void plethio_skin(double melanin, double blood, struct plethio_skin *skin)
{
    double base[3], moved[3];
    int c;
    colour(melanin, blood, 0, base);
    for (c = 0; c < 3; c++)
        skin->diffuse[c] = (float)base[c];
    colour(melanin, blood, 0.01 * blood, moved);
    for (c = 0; c < 3; c++)
        skin->pulse[c] = (float)(1 - moved[c] / base[c]);
    colour(1.01 * melanin, blood, 0, moved);
    for (c = 0; c < 3; c++)
        skin->by_melanin[c] = (float)(moved[c] / base[c] - 1);
    colour(melanin, 1.01 * blood, 0, moved);
    for (c = 0; c < 3; c++)
        skin->by_blood[c] = (float)(moved[c] / base[c] - 1);
}

double plethio_level(double linear)
{
    if (linear <= 0)
        return 0;
    if (linear >= 1)
        return 255;
    return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055);
}

double plethio_linear(double level)
{
    double v = level / 255;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}
