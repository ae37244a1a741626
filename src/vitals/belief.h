/* A belief over rates, carried in time: a discrete Bayes filter, for pulse and breathing alike.
 *
 * Between updates the rate wanders (a narrow kernel) or, rarely, is somewhere else altogether (as
 * if nothing were known), so that one bad window neither moves the belief far nor locks it for
 * ever. */
#ifndef PLETH_VITALS_BELIEF_H
#define PLETH_VITALS_BELIEF_H

#define PLETH_BELIEF_STATES 281 /* 20..300 /min */

struct pleth_belief {
    /* state k is the rate first + k * step, per minute */
    int states;
    float first, step;
    /* wandering: standard deviation per root second, per minute; probability of a jump, per s */
    float wander, jump;
    /* what is believed where nothing is known */
    float prior[PLETH_BELIEF_STATES];
    float p[PLETH_BELIEF_STATES];
};

/* Rates rate_min..rate_max in `step`, all equally likely. */
void pleth_belief_init(struct pleth_belief *b, float rate_min, float rate_max, float step,
                       float wander, float jump);

/* Some rates are likelier than others before anything is known: a log-normal distribution around
 * the rate `centre`, with the standard deviation `spread` of its logarithm. Resets. */
void pleth_belief_prefer(struct pleth_belief *b, float centre, float spread);

/* Nothing is known again. */
void pleth_belief_reset(struct pleth_belief *b);

/* Time passes. */
void pleth_belief_predict(struct pleth_belief *b, float seconds);

/* Evidence comes in: natural log likelihood of each state, any common offset. */
void pleth_belief_update(struct pleth_belief *b, const float *loglik);

/* Value that the rate is below with probability `share`, 0..1. */
float pleth_belief_quantile(const struct pleth_belief *b, float share);

/* The most probable rate: mean and calibrated standard deviation of the belief within `within` /min
 * of its mode, and the probability that lies there. Without any evidence: the middle of the range.
 */
void pleth_belief_estimate(const struct pleth_belief *b, float within, float *value, float *sd,
                           float *mass);

/* A whole recording at once (forward and backward): row k of evidence[n][states] is the log
 * likelihood at step k, seconds[k] after step k - 1 (seconds[0] is ignored). On return the row is
 * the belief given all steps. b gives the states and how they move; its p is scratch. work: n *
 * states. */
void pleth_belief_smooth(struct pleth_belief *b, float *evidence, const float *seconds, int n,
                         float *work);

#endif
