/* The beats of an electrocardiogram, as the truth that beats of light are compared with. */
#ifndef PLETHIO_ECG_H
#define PLETHIO_ECG_H

/* Times of R peaks in a whole recording of n values, rate_hz (>= 60) a second, of either polarity,
 * in seconds from ecg[0]: *peak_s to be freed. After Pan and Tompkins, A real-time QRS detection
 * algorithm (IEEE Trans. Biomed. Eng. 32, 1985), but looking at the whole: energy of the slope
 * between 5 and 20 Hz over 0.1 s, its maxima above a fifth of what is usual in the seconds about
 * them; then the top of the filtered wave there, between samples. Returns how many there are, 0
 * also for less than 10 s, values that are no numbers, or too low a rate; -1 without memory. */
int plethio_r_peaks(const float *ecg, int n, double rate_hz, double **peak_s);

#endif
