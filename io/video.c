#include "video.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plethio_is_camera(const char *path)
{
    return strncmp(path, "/dev/video", 10) == 0 || strncmp(path, "/dev/v4l/", 9) == 0;
}

#if defined(PLETH_WITH_FFMPEG) && PLETH_WITH_FFMPEG

#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>

#include "camera.h"
#include "path.h"
#include "video_parts.h"

/* FFmpeg 4 did not know yet that it never changes them */
#if LIBAVFORMAT_VERSION_MAJOR >= 59
typedef const AVInputFormat input_format;
#else
typedef AVInputFormat input_format;
#endif

enum {
    SIDE_MAX = 16384,
    /* a camera's automatics have settled on the scene after this long, and may be locked */
    SETTLE_MS = 1500,
    /* bytes of one picture in a folder */
    IMAGE_MAX = 1 << 28
};

struct plethio_video {
    AVFormatContext *format;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    int stream;
    AVRational time_base;
    /* time stamp of the file's first frame; what from_s and to_s say, in ns after it */
    int have_origin;
    int64_t origin, from_ns, to_ns;
    /* of the last decoded frame, and how far frames lie apart where nothing else is known */
    int have_last;
    int64_t last_ns, step_ns;
    int draining, finished;
    /* whether the file says how its pictures are turned; else frames may */
    int has_matrix;
    /* length of the pictures by the file's index, 0 if it does not say */
    double promised_s;
    /* packets or frames that could not be decoded without guessing */
    int64_t damaged;
    /* pictures in a folder, and the next one; or frames in an array, and the next one */
    struct plethio_images images;
    struct plethio_matrix *matrix;
    int matrix_frames, next;
    /* the caller's times, and how many frames have come */
    const double *frame_s;
    int frames, decoded;
    /* what pleth_frame can not say, as RGB24; and any frame, for plethio_frame_to_rgb */
    struct SwsContext *convert, *draw;
    uint8_t *rgb, *turned;
    size_t rgb_size, turned_size;
    const _Atomic int *stop;
    struct plethio_camera camera;
    struct plethio_video_info info;
    char warning[256];
    char path[1024];
};

/* ---- Opening ---------------------------------------------------------------------------- */

static int interrupted(void *opaque)
{
    const struct plethio_video *v = opaque;

    return v->stop && *v->stop;
}

static const char *why(int code, char text[AV_ERROR_MAX_STRING_SIZE])
{
    if (code == AVERROR_INVALIDDATA)
        return "it is not a video that FFmpeg knows, or it is cut before its index";
    return av_make_error_string(text, AV_ERROR_MAX_STRING_SIZE, code);
}

/* Whether path begins like a URL: a scheme, then "://". */
static int is_url(const char *path)
{
    size_t n = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return n > 0 && strncmp(path + n, "://", 3) == 0;
}

/* How FFmpeg names the input: a forced format for pipes and cameras, a "file:" path for the rest,
 * so that a colon in a file name is only a colon. */
static int open_input(struct plethio_video *v, const char *path,
                      const struct plethio_video_options *o, struct plethio_error *e)
{
    char text[AV_ERROR_MAX_STRING_SIZE], size[32], rate[32], *url = NULL;
    input_format *input = NULL;
    AVDictionary *settings = NULL;
    int status;

    v->format = avformat_alloc_context();
    if (!v->format)
        return plethio_fail(e, "out of memory");
    v->format->interrupt_callback = (AVIOInterruptCB){interrupted, v};

    snprintf(size, sizeof size, "%dx%d", o->width, o->height);
    snprintf(rate, sizeof rate, "%.9g", o->rate_hz);
    if (strcmp(path, "-") == 0) {
        url = av_strdup("pipe:0");
        input = av_find_input_format(o->raw ? "rawvideo" : "yuv4mpegpipe");
        v->info.live = 1;
        if (o->raw) {
            if (av_get_pix_fmt(o->raw) == AV_PIX_FMT_NONE)
                status = plethio_fail(e, "%s is no name of a pixel format; try rgb24 or yuv420p",
                                      o->raw);
            else if (o->width < 1 || o->height < 1 || !(o->rate_hz > 0))
                status = plethio_fail(e, "raw frames need their width, height and rate");
            else
                status = 0;
            if (status) {
                av_free(url);
                return status;
            }
            av_dict_set(&settings, "pixel_format", o->raw, 0);
        }
    } else if (plethio_is_camera(path)) {
        avdevice_register_all();
        url = av_strdup(path);
        input = av_find_input_format("video4linux2,v4l2");
        v->info.live = 1;
        if (!input) {
            av_free(url);
            return plethio_fail(e, "%s: this FFmpeg was built without video4linux", path);
        }
    } else {
        if (is_url(path))
            return plethio_fail(e,
                                "%s is a URL; pleth reads files, cameras and pipes, and nothing"
                                " from a network: download it first",
                                path);
        url = av_asprintf("file:%s", path);
    }
    if (!url)
        return plethio_fail(e, "out of memory");
    if (v->info.live && o->width > 0 && o->height > 0 && (o->raw || plethio_is_camera(path)))
        av_dict_set(&settings, "video_size", size, 0);
    if (v->info.live && o->rate_hz > 0 && (o->raw || plethio_is_camera(path)))
        av_dict_set(&settings, "framerate", rate, 0);

    status = avformat_open_input(&v->format, url, input, &settings);
    av_dict_free(&settings);
    av_free(url);
    if (status >= 0)
        return 0;
    if (strcmp(path, "-") == 0 && !o->raw)
        return plethio_fail(e, "standard input is not y4m; pipe it through"
                               " `ffmpeg -i - -f yuv4mpegpipe -pix_fmt yuv420p -`");
    if (plethio_is_camera(path))
        return plethio_fail(e,
                            "camera %s: %s; is it free, and does it offer the size and rate"
                            " asked for? `v4l2-ctl --list-formats-ext` tells",
                            path, why(status, text));
    return plethio_fail(e, "cannot open %s: %s", path, why(status, text));
}

static int find_stream(struct plethio_video *v, const char *path, struct plethio_error *e)
{
    int self_describing = strcmp(v->format->iformat->name, "yuv4mpegpipe") == 0 ||
                          strcmp(v->format->iformat->name, "rawvideo") == 0;
    int best;

    /* a y4m header says it all, and looking further would delay the first frames of a live pipe */
    if (self_describing)
        v->info.live = v->info.live || !(v->format->pb->seekable & AVIO_SEEKABLE_NORMAL);
    else if (avformat_find_stream_info(v->format, NULL) < 0)
        return plethio_fail(e, "cannot read %s: its streams make no sense", path);
    best = av_find_best_stream(v->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (best < 0 || v->format->streams[best]->disposition & AV_DISPOSITION_ATTACHED_PIC)
        return plethio_fail(e, "%s has no video", path);
    v->stream = best;
    for (unsigned i = 0; i < v->format->nb_streams; i++)
        if ((int)i != best)
            v->format->streams[i]->discard = AVDISCARD_ALL;
    return 0;
}

/* par: of a stream, or NULL. */
static int open_decoder(struct plethio_video *v, const char *path, enum AVCodecID id,
                        const AVCodecParameters *par, struct plethio_error *e)
{
    const AVCodec *codec = avcodec_find_decoder(id);
    char text[AV_ERROR_MAX_STRING_SIZE];
    int status;

    if (!codec)
        return plethio_fail(e, "%s: this FFmpeg has no decoder for %s", path, avcodec_get_name(id));
    snprintf(v->info.codec, sizeof v->info.codec, "%s", avcodec_get_name(id));
    v->decoder = avcodec_alloc_context3(codec);
    v->packet = av_packet_alloc();
    v->frame = av_frame_alloc();
    if (!v->decoder || !v->packet || !v->frame)
        return plethio_fail(e, "out of memory");
    status = par ? avcodec_parameters_to_context(v->decoder, par) : 0;
    v->decoder->pkt_timebase = v->time_base;
    /* one stream is one thread; frames are handed on in the order of their time without delay */
    v->decoder->thread_count = 1;
    if (status >= 0)
        status = avcodec_open2(v->decoder, codec, NULL);
    if (status < 0)
        return plethio_fail(e, "%s: cannot decode %s: %s", path, v->info.codec, why(status, text));
    return 0;
}

/* Degrees clockwise that undo what a display matrix says, to the next quarter turn. */
static int upright(const int32_t *matrix)
{
    double turn = matrix ? -av_display_rotation_get(matrix) : 0;
    int quarters = isfinite(turn) ? (int)lround(turn / 90) : 0;

    return ((quarters % 4 + 4) % 4) * 90;
}

/* The stream's display matrix, or NULL. */
static const int32_t *matrix_of(const AVStream *s)
{
    const uint8_t *data;
/* FFmpeg 6.1 moved it */
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 0)
    const AVPacketSideData *side = av_packet_side_data_get(
        s->codecpar->coded_side_data, s->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);

    data = side ? side->data : NULL;
#else
    data = av_stream_get_side_data(s, AV_PKT_DATA_DISPLAYMATRIX, NULL);
#endif
    return (const int32_t *)(const void *)data;
}

static void describe(struct plethio_video *v, int width, int height)
{
    v->info.stored_width = width;
    v->info.stored_height = height;
    v->info.width = v->info.rotation % 180 ? height : width;
    v->info.height = v->info.rotation % 180 ? width : height;
}

/* Length of the stream by itself, in s; 0 if the file only knows the longest of all its streams. */
static double stream_length(const AVStream *s)
{
    /* Matroska's way to say it */
    const AVDictionaryEntry *tag = av_dict_get(s->metadata, "DURATION", NULL, 0);
    int hours, minutes;
    double seconds;

    if (s->duration > 0)
        return (double)s->duration * av_q2d(s->time_base);
    if (tag && sscanf(tag->value, "%d:%d:%lf", &hours, &minutes, &seconds) == 3)
        return 3600.0 * hours + 60.0 * minutes + seconds;
    return 0;
}

static void learn(struct plethio_video *v, double asked_hz)
{
    const AVStream *s = v->format->streams[v->stream];
    const AVRational rate = s->avg_frame_rate.num > 0 ? s->avg_frame_rate : s->r_frame_rate;
    const int still =
        v->format->iformat->name && (strcmp(v->format->iformat->name, "image2") == 0 ||
                                     strstr(v->format->iformat->name, "_pipe"));

    v->time_base = s->time_base;
    if (rate.num > 0 && rate.den > 0)
        v->info.rate_hz = av_q2d(rate);
    else if (v->info.live)
        v->info.rate_hz = asked_hz;
    if (!still && !v->info.live) {
        if (v->format->duration > 0 &&
            v->format->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE)
            v->info.duration_s = (double)v->format->duration / AV_TIME_BASE;
        v->promised_s = stream_length(s);
        if (!(v->promised_s > 0) && v->format->nb_streams == 1)
            v->promised_s = v->info.duration_s;
        if (v->promised_s > 0)
            v->info.duration_s = v->promised_s;
    }
    /* FFmpeg's own habit for streams that say nothing */
    v->step_ns = v->info.rate_hz > 0 ? llround(1e9 / v->info.rate_hz) : 40000000;
    v->has_matrix = matrix_of(s) != NULL;
    v->info.rotation = upright(matrix_of(s));
    v->info.camera_locked = -1;
    describe(v, s->codecpar->width, s->codecpar->height);
}

/* Goes to the last key frame before from_s; what comes before from_s is decoded and dropped. */
static void seek(struct plethio_video *v)
{
    const AVStream *s = v->format->streams[v->stream];

    if (s->start_time != AV_NOPTS_VALUE) {
        v->origin = s->start_time;
        v->have_origin = 1;
    }
    if (!v->have_origin || v->info.live)
        return;
    if (av_seek_frame(v->format, v->stream,
                      v->origin +
                          av_rescale_q(v->from_ns, (AVRational){1, 1000000000}, v->time_base),
                      AVSEEK_FLAG_BACKWARD) >= 0)
        avcodec_flush_buffers(v->decoder);
}

static int decode(struct plethio_video *v, struct plethio_error *e);

/* Lets the camera adapt to the scene, then holds it there. */
static int settle(struct plethio_video *v, const char *path, struct plethio_error *e)
{
    const int64_t from_ns = v->from_ns, to_ns = v->to_ns;
    pleth_frame frame;
    int status;

    /* the part that is asked for begins after this */
    v->from_ns = 0;
    v->to_ns = INT64_MAX;
    do {
        status = plethio_video_next(v, &frame, e);
        if (status <= 0)
            return status < 0 ? -1 : plethio_fail(e, "camera %s gave no picture", path);
    } while (v->last_ns < SETTLE_MS * INT64_C(1000000));
    v->info.camera_locked = plethio_camera_lock(&v->camera, path);
    v->have_origin = v->have_last = 0;
    v->from_ns = from_ns;
    v->to_ns = to_ns;
    return 0;
}

/* A file, a pipe or a camera. */
static int open_file(struct plethio_video *v, const char *path,
                     const struct plethio_video_options *o, struct plethio_error *e)
{
    const AVCodecParameters *par;

    if (open_input(v, path, o, e) || find_stream(v, path, e))
        return -1;
    learn(v, o->rate_hz);
    par = v->format->streams[v->stream]->codecpar;
    if (open_decoder(v, path, par->codec_id, par, e))
        return -1;
    /* frames are counted where the caller has their times */
    if (v->from_ns > 0 && v->frames == 0)
        seek(v);
    if (plethio_is_camera(path)) {
        v->info.camera_locked = 0;
        return settle(v, path, e);
    }
    return 0;
}

/* A folder of pictures, of which the first says how large they are. */
static int open_images(struct plethio_video *v, const char *path,
                       const struct plethio_video_options *o, struct plethio_error *e)
{
    struct plethio_images *images = &v->images;
    enum AVCodecID id;
    int status;

    if (plethio_images_open(images, path, o->rate_hz, e))
        return -1;
    id = plethio_ends(images->name[0], ".png")   ? AV_CODEC_ID_PNG
         : plethio_ends(images->name[0], ".bmp") ? AV_CODEC_ID_BMP
                                                 : AV_CODEC_ID_MJPEG;
    v->time_base = (AVRational){1, 1000000000};
    v->have_origin = 1;
    v->step_ns = images->step_ns;
    v->info.duration_s = (double)(images->time_ns[images->count - 1] + images->step_ns) * 1e-9;
    if (images->step_ns > 0)
        v->info.rate_hz = 1e9 / (double)images->step_ns;
    if (open_decoder(v, path, id, NULL, e))
        return -1;
    status = decode(v, e);
    if (status == 0)
        return plethio_fail(e, "%s: none of its pictures can be decoded", path);
    if (status < 0)
        return -1;
    describe(v, v->frame->width, v->frame->height);
    avcodec_flush_buffers(v->decoder);
    v->draining = 0;
    v->damaged = 0;
    for (v->next = 0; v->next < images->count && v->frames == 0; v->next++)
        if (images->time_ns[v->next] >= v->from_ns)
            break;
    return 0;
}

static int open_matrix(struct plethio_video *v, const char *path,
                       const struct plethio_video_options *o, struct plethio_error *e)
{
    int width, height;

    if (!(o->rate_hz > 0))
        return plethio_fail(e, "%s does not say how many frames are a second's; say --rate-hz",
                            path);
    if (plethio_matrix_open(&v->matrix, path, e))
        return -1;
    plethio_matrix_size(v->matrix, &v->matrix_frames, &width, &height);
    snprintf(v->info.codec, sizeof v->info.codec, "matlab");
    v->info.rate_hz = o->rate_hz;
    v->info.duration_s = v->matrix_frames / o->rate_hz;
    describe(v, width, height);
    return 0;
}

int plethio_video_open(struct plethio_video **video, const char *path,
                       const struct plethio_video_options *options, struct plethio_error *e)
{
    const struct plethio_video_options o =
        options ? *options : (struct plethio_video_options){.width = 0};
    struct plethio_video *v;

    *video = NULL;
    if (!(o.from_s >= 0 && o.from_s < 1e9) || !(o.to_s >= 0 && o.to_s < 1e9))
        return plethio_fail(e, "the part of the recording must be given in seconds from 0 on");
    if (o.to_s > 0 && o.to_s <= o.from_s)
        return plethio_fail(e, "the part of the recording ends (%g s) before it begins (%g s)",
                            o.to_s, o.from_s);
    /* what matters is said by our own messages */
    av_log_set_level(AV_LOG_QUIET);
    v = calloc(1, sizeof *v);
    if (!v)
        return plethio_fail(e, "out of memory");
    v->camera.fd = -1;
    v->stop = o.stop;
    v->from_ns = llround(o.from_s * 1e9);
    v->to_ns = o.to_s > 0 ? llround(o.to_s * 1e9) : INT64_MAX;
    snprintf(v->path, sizeof v->path, "%s", path);
    v->frame_s = o.frame_s;
    v->frames = o.frames;
    v->info.camera_locked = -1;
    if (plethio_is_folder(path)      ? open_images(v, path, &o, e)
        : plethio_ends(path, ".mat") ? open_matrix(v, path, &o, e)
                                     : open_file(v, path, &o, e)) {
        plethio_video_close(&v);
        return -1;
    }
    if (v->frames > 0)
        v->info.duration_s = v->frame_s[v->frames - 1];
    *video = v;
    return 0;
}

void plethio_video_info(const struct plethio_video *video, struct plethio_video_info *info)
{
    *info = video->info;
}

void plethio_video_close(struct plethio_video **video)
{
    struct plethio_video *v = *video;

    if (!v)
        return;
    plethio_camera_unlock(&v->camera);
    plethio_images_close(&v->images);
    plethio_matrix_close(&v->matrix);
    sws_freeContext(v->convert);
    sws_freeContext(v->draw);
    av_frame_free(&v->frame);
    av_packet_free(&v->packet);
    avcodec_free_context(&v->decoder);
    avformat_close_input(&v->format);
    free(v->rgb);
    free(v->turned);
    free(v);
    *video = NULL;
}

/* ---- Colour ----------------------------------------------------------------------------- */

static int full_range(const AVFrame *f)
{
    return f->color_range == AVCOL_RANGE_JPEG || f->format == AV_PIX_FMT_YUVJ420P ||
           f->format == AV_PIX_FMT_YUVJ422P || f->format == AV_PIX_FMT_YUVJ444P ||
           f->format == AV_PIX_FMT_YUVJ440P || f->format == AV_PIX_FMT_YUVJ411P;
}

static int32_t colour_of(const AVFrame *f)
{
    if (f->colorspace == AVCOL_SPC_BT709)
        return full_range(f) ? PLETH_BT709_FULL : PLETH_BT709_LIMITED;
    return full_range(f) ? PLETH_BT601_FULL : PLETH_BT601_LIMITED;
}

/* FFmpeg's pixel format for ours, and the other way (-1: needs conversion). */
static const enum AVPixelFormat pixels[PLETH_FORMAT_COUNT] = {
    [PLETH_RGB24] = AV_PIX_FMT_RGB24,  [PLETH_BGR24] = AV_PIX_FMT_BGR24,
    [PLETH_RGBA] = AV_PIX_FMT_RGBA,    [PLETH_GRAY8] = AV_PIX_FMT_GRAY8,
    [PLETH_NV12] = AV_PIX_FMT_NV12,    [PLETH_I420] = AV_PIX_FMT_YUV420P,
    [PLETH_YUYV] = AV_PIX_FMT_YUYV422,
};

/* 4:2:2 planes, as most webcams' MJPEG has them, are I420 with a row of colour too many in between:
 * leaving that out costs nothing, converting them more than decoding them. */
static int has_more_chroma(int pixel_format)
{
    return pixel_format == AV_PIX_FMT_YUV422P || pixel_format == AV_PIX_FMT_YUVJ422P;
}

static int32_t format_of(int pixel_format)
{
    if (pixel_format == AV_PIX_FMT_YUVJ420P || has_more_chroma(pixel_format))
        return PLETH_I420;
    for (int32_t i = 0; i < PLETH_FORMAT_COUNT; i++)
        if (pixels[i] == (enum AVPixelFormat)pixel_format)
            return i;
    return -1;
}

/* The J formats say "full range" a second time; swscale wants it said once. */
static enum AVPixelFormat without_range(int pixel_format)
{
    switch (pixel_format) {
    case AV_PIX_FMT_YUVJ420P:
        return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
        return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
        return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
        return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
        return AV_PIX_FMT_YUV411P;
    default:
        return (enum AVPixelFormat)pixel_format;
    }
}

/* A converter from these pixels to RGB24 of the same size, kept in *context while they stay. */
static int converter(struct SwsContext **context, int width, int height, int pixel_format,
                     int space, int full, struct plethio_error *e)
{
    struct SwsContext *c = sws_getCachedContext(
        *context, width, height, without_range(pixel_format), width, height, AV_PIX_FMT_RGB24,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, NULL, NULL, NULL);
    const char *name = av_get_pix_fmt_name((enum AVPixelFormat)pixel_format);

    *context = c;
    if (!c)
        return plethio_fail(e, "pixels of the format %s can not be converted",
                            name ? name : "unknown");
    /* no such setting (-1) for formats that have no YUV side: right as they are */
    sws_setColorspaceDetails(c, sws_getCoefficients(space), full,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    return 0;
}

/* Room for an RGB24 picture; swscale may write a little past the end of a row. */
static int room(uint8_t **buffer, size_t *size, int width, int height, struct plethio_error *e)
{
    size_t need = (size_t)width * (size_t)height * 3 + 64;
    uint8_t *bigger;

    if (*size >= need)
        return 0;
    bigger = realloc(*buffer, need);
    if (!bigger)
        return plethio_fail(e, "no memory for a picture of %d x %d", width, height);
    *buffer = bigger;
    *size = need;
    return 0;
}

/* ---- Frames ----------------------------------------------------------------------------- */

/* The next picture of the folder that can be read. */
static int read_image(struct plethio_video *v)
{
    const struct plethio_images *images = &v->images;

    while (v->next < images->count && !interrupted(v)) {
        const int i = v->next++;
        char path[1024];
        FILE *file =
            plethio_join(path, v->path, images->name[i], "", NULL) ? NULL : fopen(path, "rb");
        const long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
        int status = -1;

        if (size > 0 && size < IMAGE_MAX && fseek(file, 0, SEEK_SET) == 0)
            status = av_new_packet(v->packet, (int)size);
        if (status >= 0 && fread(v->packet->data, 1, (size_t)size, file) != (size_t)size) {
            av_packet_unref(v->packet);
            status = -1;
        }
        if (file)
            fclose(file);
        if (status >= 0) {
            v->packet->pts = v->packet->dts = images->time_ns[i];
            /* else FFmpeg takes a .png for the difference to the one before */
            v->packet->flags |= AV_PKT_FLAG_KEY;
            return 0;
        }
        v->damaged++;
    }
    return AVERROR_EOF;
}

/* The decoder's next frame: 1, 0 at the end, -1. */
static int decode(struct plethio_video *v, struct plethio_error *e)
{
    char text[AV_ERROR_MAX_STRING_SIZE];

    for (;;) {
        int status = avcodec_receive_frame(v->decoder, v->frame);

        if (status >= 0)
            return 1;
        if (status == AVERROR_EOF)
            return 0;
        if (status != AVERROR(EAGAIN)) {
            v->damaged++;
            /* what can not be decoded ends a drain; before it the next packet may be sound */
            if (v->draining)
                return 0;
        }
        status = v->images.count ? read_image(v) : av_read_frame(v->format, v->packet);
        if (status == AVERROR(EAGAIN))
            continue;
        if (status == AVERROR(ENOMEM))
            return plethio_fail(e, "out of memory");
        if (status < 0) {
            if (status != AVERROR_EOF && status != AVERROR_EXIT) {
                if (plethio_is_camera(v->path))
                    return plethio_fail(e, "camera %s stopped: %s", v->path, why(status, text));
                v->damaged++;
            }
            v->draining = 1;
            avcodec_send_packet(v->decoder, NULL);
            continue;
        }
        if (v->packet->stream_index == v->stream) {
            if (v->packet->flags & AV_PKT_FLAG_CORRUPT)
                v->damaged++;
            if (avcodec_send_packet(v->decoder, v->packet) == AVERROR_INVALIDDATA)
                v->damaged++;
        }
        av_packet_unref(v->packet);
    }
}

/* Nanoseconds of the decoded frame from the file's first one. */
static int64_t stamp(struct plethio_video *v)
{
    const int64_t pts = v->frame->best_effort_timestamp;
    int64_t ns = v->have_last ? v->last_ns + v->step_ns : 0;

    if (pts != AV_NOPTS_VALUE) {
        if (!v->have_origin) {
            v->origin = pts - av_rescale_q(ns, (AVRational){1, 1000000000}, v->time_base);
            v->have_origin = 1;
        }
        ns = av_rescale_q(pts - v->origin, v->time_base, (AVRational){1, 1000000000});
    }
    v->have_last = 1;
    v->last_ns = ns;
    return ns;
}

static int view(struct plethio_video *v, pleth_frame *frame, struct plethio_error *e)
{
    const AVFrame *f = v->frame;

    if (f->width < 1 || f->height < 1 || f->width > SIDE_MAX || f->height > SIDE_MAX)
        return plethio_fail(e, "%s: frames of %d x %d; 1 to %d pixels a side can be measured",
                            v->path, f->width, f->height, SIDE_MAX);
    describe(v, f->width, f->height);
    memset(frame, 0, sizeof *frame);
    frame->time_ns = v->last_ns;
    frame->width = f->width;
    frame->height = f->height;
    frame->rotation = v->info.rotation;
    frame->colour = colour_of(f);
    frame->format = format_of(f->format);
    if (frame->format >= 0) {
        for (int i = 0; i < 3; i++) {
            frame->plane[i] = f->data[i];
            frame->stride[i] =
                (ptrdiff_t)f->linesize[i] * (i && has_more_chroma(f->format) ? 2 : 1);
        }
        return 0;
    }
    if (room(&v->rgb, &v->rgb_size, f->width, f->height, e) ||
        converter(&v->convert, f->width, f->height, f->format,
                  f->colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : (int)f->colorspace,
                  full_range(f), e))
        return -1;
    frame->format = PLETH_RGB24;
    frame->plane[0] = v->rgb;
    frame->stride[0] = (ptrdiff_t)3 * f->width;
    sws_scale(v->convert, (const uint8_t *const *)f->data, f->linesize, 0, f->height,
              (uint8_t *const[]){v->rgb}, (const int[]){3 * f->width});
    return 0;
}

/* At the end of a file: what its index promised and what was there. */
static void finish(struct plethio_video *v)
{
    const double end_s = v->have_last ? (double)(v->last_ns + v->step_ns) * 1e-9 : 0;
    const double short_s = v->promised_s - end_s;

    v->finished = 1;
    if (v->promised_s > 0 && short_s > 0.5 + 2e-9 * (double)v->step_ns && !(v->stop && *v->stop))
        snprintf(v->warning, sizeof v->warning,
                 "the file is cut: it says %.1f s, but its pictures end at %.1f s", v->promised_s,
                 end_s);
    else if (v->damaged)
        snprintf(v->warning, sizeof v->warning,
                 "the file is damaged: %lld pieces could not be decoded and were left out",
                 (long long)v->damaged);
}

/* The next frame of an array, as plethio_video_next. */
static int next_of_matrix(struct plethio_video *v, pleth_frame *frame)
{
    while (v->next < v->matrix_frames && !interrupted(v)) {
        const int i = v->next++;
        const int64_t ns = llround((double)i / v->info.rate_hz * 1e9);

        if (ns < v->from_ns)
            continue;
        if (ns >= v->to_ns)
            break;
        *frame = (pleth_frame){.time_ns = ns,
                               .width = v->info.width,
                               .height = v->info.height,
                               .format = PLETH_RGB24,
                               .plane[0] = plethio_matrix_frame(v->matrix, i),
                               .stride[0] = (ptrdiff_t)3 * v->info.width};
        return 1;
    }
    return 0;
}

/* The decoded frame's time; the caller's where it gave them. -1 beyond the last of those. */
static int take_time(struct plethio_video *v, int64_t *ns)
{
    *ns = stamp(v);
    if (v->frames == 0)
        return 0;
    if (v->decoded >= v->frames)
        return -1;
    *ns = v->last_ns = llround(v->frame_s[v->decoded++] * 1e9);
    return 0;
}

int plethio_video_next(struct plethio_video *v, pleth_frame *frame, struct plethio_error *e)
{
    if (v->matrix)
        return next_of_matrix(v, frame);
    while (!v->finished) {
        int status = decode(v, e);
        int64_t ns;

        if (status < 0)
            return -1;
        if (status == 0) {
            finish(v);
            break;
        }
        if (take_time(v, &ns)) {
            v->finished = 1;
            break;
        }
        if (!v->has_matrix) {
            const AVFrameSideData *matrix =
                av_frame_get_side_data(v->frame, AV_FRAME_DATA_DISPLAYMATRIX);

            if (matrix)
                v->info.rotation = upright((const int32_t *)(const void *)matrix->data);
        }
        if (v->frame->flags & AV_FRAME_FLAG_CORRUPT || v->frame->decode_error_flags) {
            v->damaged++;
            continue;
        }
        if (ns < v->from_ns)
            continue;
        if (ns >= v->to_ns) {
            v->finished = 1;
            break;
        }
        return view(v, frame, e) ? -1 : 1;
    }
    return 0;
}

const char *plethio_video_warning(const struct plethio_video *video)
{
    return video->warning[0] ? video->warning : NULL;
}

const char *plethio_video_library(void)
{
    static char name[64];

    snprintf(name, sizeof name, "FFmpeg %s", av_version_info());
    return name;
}

/* ---- Drawing ---------------------------------------------------------------------------- */

/* Turns stored RGB24 rows upright. */
static void turn(const uint8_t *from, int width, int height, int rotation, uint8_t *to)
{
    const ptrdiff_t w = width, h = height;

    for (ptrdiff_t y = 0; y < h; y++)
        for (ptrdiff_t x = 0; x < w; x++) {
            ptrdiff_t at = rotation == 90    ? x * h + (h - 1 - y)
                           : rotation == 180 ? (h - 1 - y) * w + (w - 1 - x)
                                             : (w - 1 - x) * h + y;

            memcpy(to + 3 * at, from + 3 * (y * w + x), 3);
        }
}

int plethio_frame_to_rgb(struct plethio_video *video, const pleth_frame *frame, uint8_t *rgb,
                         struct plethio_error *e)
{
    struct plethio_video once = {.have_origin = 0}, *v = video ? video : &once;
    const int full = frame->colour == PLETH_BT601_FULL || frame->colour == PLETH_BT709_FULL;
    const int space = frame->colour == PLETH_BT709_LIMITED || frame->colour == PLETH_BT709_FULL
                          ? SWS_CS_ITU709
                          : SWS_CS_ITU601;
    const uint8_t *planes[4] = {frame->plane[0], frame->plane[1], frame->plane[2], NULL};
    int strides[4] = {(int)frame->stride[0], (int)frame->stride[1], (int)frame->stride[2], 0};
    int status = -1;

    if (frame->format < 0 || frame->format >= PLETH_FORMAT_COUNT || frame->width < 1 ||
        frame->height < 1 || frame->width > SIDE_MAX || frame->height > SIDE_MAX)
        return plethio_fail(e, "a frame of unknown format or size can not be drawn");
    if (room(&v->turned, &v->turned_size, frame->width, frame->height, e) ||
        converter(&v->draw, frame->width, frame->height, pixels[frame->format], space, full, e))
        goto done;
    sws_scale(v->draw, planes, strides, 0, frame->height, (uint8_t *const[]){v->turned},
              (const int[]){3 * frame->width});
    if (frame->rotation)
        turn(v->turned, frame->width, frame->height, frame->rotation, rgb);
    else
        memcpy(rgb, v->turned, (size_t)frame->width * (size_t)frame->height * 3);
    status = 0;
done:
    if (!video) {
        sws_freeContext(once.draw);
        free(once.turned);
    }
    return status;
}

#else

static int without_ffmpeg(const char *path, struct plethio_error *e)
{
    return plethio_fail(e,
                        "%s: this pleth was built without FFmpeg and reads colour traces only;"
                        " build it with libavformat-dev and its relatives installed",
                        path);
}

int plethio_video_open(struct plethio_video **video, const char *path,
                       const struct plethio_video_options *options, struct plethio_error *e)
{
    (void)options;
    *video = NULL;
    return without_ffmpeg(path, e);
}

/* No video was ever opened, so that nothing below is reached with one. */

void plethio_video_info(const struct plethio_video *video, struct plethio_video_info *info)
{
    (void)video;
    memset(info, 0, sizeof *info);
}

int plethio_video_next(struct plethio_video *video, pleth_frame *frame, struct plethio_error *e)
{
    (void)video;
    (void)frame;
    return without_ffmpeg("video", e);
}

const char *plethio_video_warning(const struct plethio_video *video)
{
    (void)video;
    return NULL;
}

const char *plethio_video_library(void)
{
    return NULL;
}

void plethio_video_close(struct plethio_video **video)
{
    *video = NULL;
}

int plethio_frame_to_rgb(struct plethio_video *video, const pleth_frame *frame, uint8_t *rgb,
                         struct plethio_error *e)
{
    (void)video;
    (void)frame;
    (void)rgb;
    return without_ffmpeg("drawing", e);
}

#endif
