#define _POSIX_C_SOURCE 200809L

#include "camera.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What follows the light by itself, the value that stops it, and the setting that it drives: this
 * one is read before and written after, since drivers fall back to an old value otherwise. */
struct automatic {
    unsigned control;
    int stopped;
    unsigned driven;
};

static const struct automatic automatics[4] = {
    {V4L2_CID_EXPOSURE_AUTO, V4L2_EXPOSURE_MANUAL, V4L2_CID_EXPOSURE_ABSOLUTE},
    {V4L2_CID_AUTOGAIN, 0, V4L2_CID_GAIN},
    {V4L2_CID_AUTO_WHITE_BALANCE, 0, V4L2_CID_WHITE_BALANCE_TEMPERATURE},
    /* lets the rate of frames fall in the dark */
    {V4L2_CID_EXPOSURE_AUTO_PRIORITY, 0, 0},
};

static int control(int fd, unsigned long request, unsigned id, int *value)
{
    struct v4l2_control c = {.id = id, .value = *value};
    int status;

    do
        status = ioctl(fd, request, &c);
    while (status < 0 && errno == EINTR);
    *value = c.value;
    return status;
}

int plethio_camera_lock(struct plethio_camera *camera, const char *path)
{
    int exposure_fixed = 0;

    camera->changed = 0;
    camera->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (camera->fd < 0)
        return 0;
    for (int i = 0; i < 4; i++) {
        const struct automatic *a = &automatics[i];
        int before = 0, now = a->stopped, driven = 0, have_driven;

        if (control(camera->fd, VIDIOC_G_CTRL, a->control, &before) < 0)
            continue;
        if (before != a->stopped) {
            have_driven = a->driven && control(camera->fd, VIDIOC_G_CTRL, a->driven, &driven) >= 0;
            if (control(camera->fd, VIDIOC_S_CTRL, a->control, &now) < 0)
                continue;
            camera->changed |= 1u << i;
            camera->previous[i] = before;
            if (have_driven)
                control(camera->fd, VIDIOC_S_CTRL, a->driven, &driven);
        }
        if (a->control == V4L2_CID_EXPOSURE_AUTO)
            exposure_fixed = 1;
    }
    return exposure_fixed;
}

void plethio_camera_unlock(struct plethio_camera *camera)
{
    if (camera->fd < 0)
        return;
    for (int i = 0; i < 4; i++)
        if (camera->changed & 1u << i)
            control(camera->fd, VIDIOC_S_CTRL, automatics[i].control, &camera->previous[i]);
    close(camera->fd);
    camera->fd = -1;
}

#else

int plethio_camera_lock(struct plethio_camera *camera, const char *path)
{
    (void)path;
    camera->fd = -1;
    camera->changed = 0;
    return 0;
}

void plethio_camera_unlock(struct plethio_camera *camera)
{
    (void)camera;
}

#endif
