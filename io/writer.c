#define _POSIX_C_SOURCE 200809L

#include "video.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(PLETH_WITH_FFMPEG) && PLETH_WITH_FFMPEG

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <math.h>

struct plethio_writer {
    AVFormatContext *format;
    AVCodecContext *encoder;
    AVFrame *frame;
    AVPacket *packet;
    struct SwsContext *convert;
    int width, height;
    /* of the last frame: its time stamp, and the same in the encoder's time base */
    int have_last;
    int64_t last_ns, last, origin_ns;
    char *path, *temporary;
};

/* ---- Opening ---------------------------------------------------------------------------- */

static int to_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Pixels that keep what RGB24 frames hold: for lossless codecs all of it, else 4:2:0. */
static enum AVPixelFormat pixels_of(const AVCodec *codec)
{
    if (codec->id == AV_CODEC_ID_RAWVIDEO)
        return AV_PIX_FMT_BGR24;
    if (codec->id == AV_CODEC_ID_FFV1)
        return AV_PIX_FMT_BGR0;
    if (codec->id == AV_CODEC_ID_MJPEG)
        return AV_PIX_FMT_YUVJ420P;
    return AV_PIX_FMT_YUV420P;
}

/* A time base fine enough for any camera's time stamps, where the container has one of its own. */
static AVRational time_base(const char *container, const AVCodec *codec, double rate_hz)
{
    AVRational rate;

    /* these count frames */
    if (strcmp(container, "avi") != 0 && strcmp(container, "yuv4mpegpipe") != 0)
        /* MPEG-4 part 2 has 16 bits for it */
        return (AVRational){1, codec->id == AV_CODEC_ID_MPEG4 ? 60000 : 90000};
    rate = av_d2q(rate_hz, 100000);
    return (AVRational){rate.den, rate.num};
}

/* One quality scale for all: 6 steps of crf are one octave of the quantiser. */
static void set_quality(AVCodecContext *c, int crf)
{
    char text[16];
    double quantiser = pow(2.0, (crf - 12) / 6.0);

    snprintf(text, sizeof text, "%d", crf);
    if (strcmp(c->codec->name, "libx264") == 0) {
        av_opt_set(c->priv_data, "crf", text, 0);
        av_opt_set(c->priv_data, "preset", "medium", 0);
        return;
    }
    c->flags |= AV_CODEC_FLAG_QSCALE;
    c->global_quality = (int)lround(FF_QP2LAMBDA * fmin(fmax(quantiser, 1), 31));
}

static int open_encoder(struct plethio_writer *w, const struct plethio_writer_options *o,
                        struct plethio_error *e)
{
    const char *container = w->format->oformat->name;
    const char *name = strcmp(container, "yuv4mpegpipe") == 0 ? "wrapped_avframe"
                       : o->codec                             ? o->codec
                                                              : "libx264";
    const AVCodec *codec = avcodec_find_encoder_by_name(name);
    AVCodecContext *c;
    AVStream *stream;
    int status;

    if (!codec)
        return plethio_fail(e, "this FFmpeg has no encoder %s; `ffmpeg -encoders` lists them",
                            name);
    if (codec->type != AVMEDIA_TYPE_VIDEO)
        return plethio_fail(e, "%s is no video codec; try libx264, mjpeg, ffv1 or rawvideo", name);
    w->encoder = c = avcodec_alloc_context3(codec);
    stream = avformat_new_stream(w->format, NULL);
    if (!c || !stream)
        return plethio_fail(e, "out of memory");
    c->width = o->width;
    c->height = o->height;
    c->sample_aspect_ratio = (AVRational){1, 1};
    c->pix_fmt = pixels_of(codec);
    c->time_base = time_base(container, codec, o->rate_hz);
    c->framerate = av_d2q(o->rate_hz, 100000);
    /* one thread and no version stamps: the same frames give the same file */
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_BITEXACT;
    if (w->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (c->pix_fmt == AV_PIX_FMT_YUV420P || c->pix_fmt == AV_PIX_FMT_YUVJ420P) {
        c->colorspace = AVCOL_SPC_SMPTE170M;
        c->color_range = c->pix_fmt == AV_PIX_FMT_YUVJ420P ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        c->chroma_sample_location = AVCHROMA_LOC_LEFT;
    }
    set_quality(c, o->crf);
    status = avcodec_open2(c, codec, NULL);
    if (status < 0)
        return plethio_fail(e, "%s can not encode %d x %d at %g Hz: %s", name, o->width, o->height,
                            o->rate_hz, av_err2str(status));
    stream->time_base = c->time_base;
    stream->avg_frame_rate = c->framerate;
    if (avcodec_parameters_from_context(stream->codecpar, c) < 0)
        return plethio_fail(e, "out of memory");
    return 0;
}

static int open_frame(struct plethio_writer *w, struct plethio_error *e)
{
    const AVCodecContext *c = w->encoder;

    w->packet = av_packet_alloc();
    w->frame = av_frame_alloc();
    if (!w->packet || !w->frame)
        return plethio_fail(e, "out of memory");
    w->frame->format = c->pix_fmt;
    w->frame->width = c->width;
    w->frame->height = c->height;
    w->frame->colorspace = c->colorspace;
    w->frame->color_range = c->color_range;
    w->convert = sws_getContext(c->width, c->height, AV_PIX_FMT_RGB24, c->width, c->height,
                                c->pix_fmt == AV_PIX_FMT_YUVJ420P ? AV_PIX_FMT_YUV420P : c->pix_fmt,
                                SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_BITEXACT,
                                NULL, NULL, NULL);
    if (!w->convert || av_frame_get_buffer(w->frame, 0) < 0)
        return plethio_fail(e, "no memory for pictures of %d x %d", c->width, c->height);
    sws_setColorspaceDetails(w->convert, sws_getCoefficients(SWS_CS_ITU601), 1,
                             sws_getCoefficients(SWS_CS_ITU601), c->color_range == AVCOL_RANGE_JPEG,
                             0, 1 << 16, 1 << 16);
    return 0;
}

static int open_output(struct plethio_writer *w, const char *path, struct plethio_error *e)
{
    const char *container = to_stdout(path) ? "yuv4mpegpipe" : NULL;
    int status = avformat_alloc_output_context2(&w->format, NULL, container, path);

    if (status < 0 || w->format->oformat->video_codec == AV_CODEC_ID_NONE ||
        w->format->oformat->flags & AVFMT_NOFILE)
        return plethio_fail(e, "%s: the name must end like a video's; try .mp4, .mkv, .avi or .y4m",
                            path);
    w->format->flags |= AVFMT_FLAG_BITEXACT;
    w->path = av_strdup(path);
    w->temporary = to_stdout(path) ? av_strdup("pipe:1")
                                   : av_asprintf("file:%s.part-%ld", path, (long)getpid());
    if (!w->path || !w->temporary)
        return plethio_fail(e, "out of memory");
    status = avio_open(&w->format->pb, w->temporary, AVIO_FLAG_WRITE);
    if (status < 0)
        return plethio_fail(e, "cannot write %s: %s", path, av_err2str(status));
    return 0;
}

int plethio_writer_open(struct plethio_writer **writer, const char *path,
                        const struct plethio_writer_options *options, struct plethio_error *e)
{
    const struct plethio_writer_options *o = options;
    struct plethio_writer *w;
    int status;

    *writer = NULL;
    if (o->width < 2 || o->height < 2 || o->width > 16384 || o->height > 16384 || o->width % 2 ||
        o->height % 2)
        return plethio_fail(e,
                            "%s: videos have an even width and height from 2 to 16384, not"
                            " %d x %d",
                            path, o->width, o->height);
    if (!(o->rate_hz >= 0.01 && o->rate_hz <= 10000) || o->crf < 0 || o->crf > 51)
        return plethio_fail(e, "%s: a video needs a rate of 0.01 to 10000 Hz and a crf of 0 to 51",
                            path);
    av_log_set_level(AV_LOG_QUIET);
    w = calloc(1, sizeof *w);
    if (!w)
        return plethio_fail(e, "out of memory");
    w->width = o->width;
    w->height = o->height;
    if (open_output(w, path, e) || open_encoder(w, o, e) || open_frame(w, e))
        goto failed;
    status = avformat_write_header(w->format, NULL);
    if (status < 0) {
        plethio_fail(e, "%s can not hold %s: %s", path, w->encoder->codec->name,
                     av_err2str(status));
        goto failed;
    }
    *writer = w;
    return 0;

failed:
    plethio_writer_close(&w, 0, NULL);
    return -1;
}

/* ---- Writing ---------------------------------------------------------------------------- */

static const char *name_of(const struct plethio_writer *w)
{
    return to_stdout(w->path) ? "standard output" : w->path;
}

/* Gives a frame (NULL: the end) to the encoder and its packets to the file. */
static int encode(struct plethio_writer *w, const AVFrame *frame, struct plethio_error *e)
{
    int status = avcodec_send_frame(w->encoder, frame);

    while (status >= 0) {
        status = avcodec_receive_packet(w->encoder, w->packet);
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF)
            return 0;
        if (status < 0)
            break;
        av_packet_rescale_ts(w->packet, w->encoder->time_base, w->format->streams[0]->time_base);
        status = av_interleaved_write_frame(w->format, w->packet);
        /* a full disk is noticed here, not at the end of an hour */
        if (status >= 0 && w->format->pb->error < 0)
            status = w->format->pb->error;
    }
    return plethio_fail(e, "cannot write %s: %s", name_of(w), av_err2str(status));
}

int plethio_writer_put(struct plethio_writer *writer, const pleth_frame *frame,
                       struct plethio_error *e)
{
    struct plethio_writer *w = writer;
    const AVRational ns = {1, 1000000000};
    int64_t time;

    if (frame->format != PLETH_RGB24 || frame->width != w->width || frame->height != w->height ||
        frame->rotation || !frame->plane[0])
        return plethio_fail(e, "%s: frames must be upright RGB24 of %d x %d", w->path, w->width,
                            w->height);
    if (!w->have_last)
        w->origin_ns = frame->time_ns;
    else if (frame->time_ns <= w->last_ns)
        return plethio_fail(e, "%s: a frame at %.6f s does not follow the last one", w->path,
                            (double)(frame->time_ns - w->origin_ns) * 1e-9);
    time = av_rescale_q(frame->time_ns - w->origin_ns, ns, w->encoder->time_base);
    /* containers that count frames put frames that came early on the next count */
    if (w->have_last && time <= w->last)
        time = w->last + 1;
    if (av_frame_make_writable(w->frame) < 0)
        return plethio_fail(e, "out of memory");
    w->have_last = 1;
    w->last_ns = frame->time_ns;
    w->last = time;
    w->frame->pts = time;
    w->frame->quality = w->encoder->global_quality;
    sws_scale(w->convert, frame->plane, (const int[]){(int)frame->stride[0]}, 0, w->height,
              w->frame->data, w->frame->linesize);
    return encode(w, w->frame, e);
}

static int finish(struct plethio_writer *w, struct plethio_error *e)
{
    int status;

    if (encode(w, NULL, e))
        return -1;
    status = av_write_trailer(w->format);
    if (status < 0)
        return plethio_fail(e, "cannot write %s: %s", name_of(w), av_err2str(status));
    status = avio_closep(&w->format->pb);
    if (status < 0)
        return plethio_fail(e, "cannot write %s: %s", name_of(w), av_err2str(status));
    if (!to_stdout(w->path) && rename(w->temporary + strlen("file:"), w->path))
        return plethio_fail(e, "cannot write %s: %s", w->path, strerror(errno));
    return 0;
}

int plethio_writer_close(struct plethio_writer **writer, int keep, struct plethio_error *e)
{
    struct plethio_writer *w = *writer;
    int status = 0;

    if (!w)
        return 0;
    if (keep)
        status = finish(w, e);
    if (w->format && w->format->pb)
        avio_closep(&w->format->pb);
    if ((!keep || status) && w->temporary && !to_stdout(w->path))
        unlink(w->temporary + strlen("file:"));
    avcodec_free_context(&w->encoder);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    sws_freeContext(w->convert);
    avformat_free_context(w->format);
    av_free(w->path);
    av_free(w->temporary);
    free(w);
    *writer = NULL;
    return status;
}

#else

int plethio_writer_open(struct plethio_writer **writer, const char *path,
                        const struct plethio_writer_options *options, struct plethio_error *e)
{
    (void)options;
    *writer = NULL;
    return plethio_fail(e,
                        "%s: this pleth was built without FFmpeg and writes no videos;"
                        " build it with libavformat-dev and its relatives installed",
                        path);
}

/* No writer was ever opened, so that nothing below is reached with one. */

int plethio_writer_put(struct plethio_writer *writer, const pleth_frame *frame,
                       struct plethio_error *e)
{
    (void)writer;
    (void)frame;
    return plethio_fail(e, "no video is being written");
}

int plethio_writer_close(struct plethio_writer **writer, int keep, struct plethio_error *e)
{
    (void)keep;
    (void)e;
    *writer = NULL;
    return 0;
}

#endif
