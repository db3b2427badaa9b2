/*
 * Faults of the machine, put under a daemon by LD_PRELOAD: what it calls is found here first.
 *
 * TESTKIT_FAULTS names a directory. A file in it switches a fault on for as long as it is there; its lines say where
 * the fault strikes. It is looked at with each call, which costs what a test can afford.
 *
 *   reads_stall, reads_fail   FROM TO PATH   reads at these bytes of this file wait, or fail with EIO
 *   writes_fail               FROM TO PATH   writes at these bytes of this file fail with ENOSPC
 *   syncs_stall, syncs_fail   0 1 PATH       syncs of this file wait, or fail with EIO
 *   decoder_hangs             FROM TO NAME   libavcodec's decoder of this name waits at these of its packets
 *   encoder_fails             FROM TO WIDTH  x264 refuses pictures of this width, stamped with these nanoseconds
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int faults = -1;

__attribute__((constructor)) static void find_faults(void)
{
    const char *directory = getenv("TESTKIT_FAULTS");
    if (directory)
        faults = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whether `fault` is on for a place of `target`. */
static int strikes(const char *fault, const char *target, int64_t place)
{
    char lines[8192];
    int file = faults < 0 ? -1 : openat(faults, fault, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t length = syscall(SYS_read, file, lines, sizeof lines - 1);
    close(file);
    lines[length > 0 ? length : 0] = 0;
    char *rest = lines;
    for (char *line; (line = strsep(&rest, "\n"));) {
        long long from, to;
        int name = 0;
        if (sscanf(line, "%lld %lld %n", &from, &to, &name) == 2 && name && !strcmp(line + name, target)
            && from <= place && place < to)
            return 1;
    }
    return 0;
}

static void wait_while(const char *fault, const char *target, int64_t place)
{
    while (strikes(fault, target, place))
        usleep(20000);
}

/* The path of an open file; false where it is none. */
static int path_of(int file, char path[PATH_MAX])
{
    char link[64];
    if (faults < 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0 || path[0] != '/')
        return 0;
    path[length] = 0;
    return 1;
}

/* Whether a write at a place of a file fails; with -1, at where the file is now. */
static int is_full(int file, int64_t place)
{
    int error = errno;
    char path[PATH_MAX];
    int full = path_of(file, path) && strikes("writes_fail", path, place < 0 ? lseek(file, 0, SEEK_CUR) : place);
    errno = full ? ENOSPC : error;
    return full;
}

ssize_t write(int file, const void *bytes, size_t count)
{
    return is_full(file, -1) ? -1 : syscall(SYS_write, file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place)
{
    return is_full(file, place) ? -1 : syscall(SYS_pwrite64, file, bytes, count, place);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place)
{
    return pwrite64(file, bytes, count, place);
}

/* Waits for as long as syncs of the file stall; whether it fails then. */
static int sync_fails(int file)
{
    char path[PATH_MAX];
    if (!path_of(file, path))
        return 0;
    wait_while("syncs_stall", path, 0);
    if (!strikes("syncs_fail", path, 0))
        return 0;
    errno = EIO;
    return 1;
}

int fsync(int file)
{
    return sync_fails(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    return sync_fails(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

ssize_t read(int file, void *bytes, size_t count)
{
    int error = errno;
    char path[PATH_MAX];
    if (path_of(file, path)) {
        int64_t place = lseek(file, 0, SEEK_CUR);
        wait_while("reads_stall", path, place);
        if (strikes("reads_fail", path, place)) {
            errno = EIO;
            return -1;
        }
    }
    errno = error;
    return syscall(SYS_read, file, bytes, count);
}

/* Plugins load their libraries for themselves, where RTLD_NEXT does not look. */
static void *original(const char *library, const char *name)
{
    void *loaded = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void *function = loaded ? dlsym(loaded, name) : NULL;
    if (!function) {
        fprintf(stderr, "%s of %s is not to be found\n", name, library);
        abort();
    }
    return function;
}

/* How AVCodecContext and AVCodec begin in every version that has a public header. */
struct codec { const char *name; };
struct codec_context { const void *class; int log_level_offset, codec_type; const struct codec *codec; };

/* Packets that each decoder was sent. More than are alive at once: the slot of one that is gone is taken again. */
static struct { const struct codec_context *decoder; int64_t packets; } sent[256];
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static int64_t count(const struct codec_context *decoder, int is_new)
{
    static size_t next;
    size_t at = 0, length = sizeof sent / sizeof *sent;
    pthread_mutex_lock(&counting);
    while (at < length && sent[at].decoder != decoder)
        at++;
    if (at == length) {
        at = next++ % length;
        sent[at].decoder = decoder;
        is_new = 1;
    }
    int64_t packets = sent[at].packets = is_new ? 0 : sent[at].packets + 1;
    pthread_mutex_unlock(&counting);
    return packets;
}

int avcodec_open2(struct codec_context *context, const void *codec, void *options)
{
    static int (*open_codec)(struct codec_context *, const void *, void *);
    if (!open_codec)
        open_codec = original("libavcodec.so.59", "avcodec_open2");
    count(context, 1);
    return open_codec(context, codec, options);
}

int avcodec_send_packet(struct codec_context *context, const void *packet)
{
    static int (*send)(struct codec_context *, const void *);
    if (!send)
        send = original("libavcodec.so.59", "avcodec_send_packet");
    wait_while("decoder_hangs", context->codec->name, count(context, 0));
    return send(context, packet);
}

/* How x264_param_t and x264_picture_t begin. */
struct parameters { int before_width[7], width; };
struct picture { int type, qp, structure, keyframe; int64_t pts; };

int x264_encoder_encode(void *encoder, void *units, int *count, struct picture *in, struct picture *out)
{
    static int (*encode)(void *, void *, int *, struct picture *, struct picture *);
    static void (*parameters_of)(void *, void *);
    if (!encode) {
        parameters_of = original("libx264.so.164", "x264_encoder_parameters");
        encode = original("libx264.so.164", "x264_encoder_encode");
    }
    if (in) {
        /* far more than x264_param_t takes */
        union { struct parameters begin; char all[16384]; } parameters;
        char width[16];
        parameters_of(encoder, &parameters);
        snprintf(width, sizeof width, "%d", parameters.begin.width);
        /* x264enc counts from a thousand hours on, which leaves room below */
        if (strikes("encoder_fails", width, in->pts % 3600000000000000))
            return -1;
    }
    return encode(encoder, units, count, in, out);
}
