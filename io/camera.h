/* Exposure, gain and white balance of a V4L2 camera: a control loop that follows the skin's
 * brightness hides or fakes a pulse, so it is stopped while we measure. */
#ifndef PLETHIO_CAMERA_H
#define PLETHIO_CAMERA_H

struct plethio_camera {
    /* own descriptor of the device, -1 if it could not be opened */
    int fd;
    /* controls that were automatic before the lock, to be given back: one bit each */
    unsigned changed;
    int previous[4];
};

/* Stops the automatic exposure, gain and white balance of the device, which keeps the values that
 * it has just then. Returns 1 if at least the exposure stands still now, 0 if the driver can not.
 */
int plethio_camera_lock(struct plethio_camera *camera, const char *path);

/* Gives the automatics back and closes the descriptor. */
void plethio_camera_unlock(struct plethio_camera *camera);

#endif
