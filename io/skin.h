/* The colour of human skin, and how much of it the pulse moves, from melanin and blood.
 *
 * Two layers. Epidermis: absorbs on the way in and out (2 x 60 um), melanosomes and baseline after
 * Jacques, "Skin optics", OMLC News 1998. Dermis: semi-infinite, scattering after Jacques, Phys.
 * Med. Biol. 58 (2013) R37 (46 /cm at 500 nm, power -1.421), blood after Prahl's tables of
 * haemoglobin (150 g/l), diffuse reflectance after Farrell, Patterson, Wilson, Med. Phys. 19 (1992)
 * 879. The pulse adds arterial blood (saturation 97 %) below 120 um: with that depth the
 * light skin's relative pulsatility comes out as the 0.33, 0.77, 0.53 that cameras measure (Wang
 * 2017; de Haan 2014). Camera: three Gaussian sensitivities and a colour matrix, white balanced.
 * What the skin's surface mirrors (the specular part of Wang 2017) is added by the scene. */
#ifndef PLETHIO_SKIN_H
#define PLETHIO_SKIN_H

struct plethio_skin {
    /* linear light that comes back out of the skin, white = 1 */
    float diffuse[3];
    /* relative loss of it when the blood volume grows by 1 % of itself */
    float pulse[3];
    /* relative change of it for 1 % more melanin or blood (relative to what there is) */
    float by_melanin[3], by_blood[3];
};

/* melanin: volume fraction of melanosomes in the epidermis, 0.005..0.45 (people: 0.013..0.43);
 * blood: volume fraction in the dermis, 0.005..0.2 (people: 0.02..0.07). */
void plethio_skin(double melanin, double blood, struct plethio_skin *skin);

/* Linear light (white = 1) to an 8-bit camera's level 0..255 (IEC 61966-2-1), not rounded; and its
 * inverse. */
double plethio_level(double linear);
double plethio_linear(double level);

#endif
