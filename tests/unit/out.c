/* Files that are written whole or not at all: by two processes at once, over what killed ones have
 * left, into what is no file. */
#define _POSIX_C_SOURCE 200809L

#include "recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"
#include "out.h"

static struct plethio_error e;

/* Whether a file has one letter alone, so many times. */
static int is_all(const char *path, char letter, size_t size)
{
    size_t have, same = 0;
    char *bytes = plethio_read_whole(path, &have, &e);

    for (size_t i = 0; bytes && i < have; i++)
        same += bytes[i] == letter;
    free(bytes);
    return have == size && same == size;
}

/* Files in the test's folder. */
static int files(void)
{
    DIR *dir = opendir(recording_folder);
    int n = 0;

    for (struct dirent *entry; dir && (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void put(FILE *f, char letter, int n)
{
    for (int i = 0; i < n; i++)
        putc(letter, f);
}

/* One writes while another is in the middle. */
static void check_two(void)
{
    enum { N = 100000 };
    const char *path = recording_path("both");
    struct plethio_out out, same;
    int status;
    pid_t child;

    CHECK(plethio_out_open(&out, path, &e) == 0);
    put(out.file, 'a', N);
    fflush(out.file);
    child = fork();
    if (child == 0) {
        struct plethio_out theirs;
        int failed = plethio_out_open(&theirs, path, &e);
        put(theirs.file, 'b', N / 2);
        _exit(failed || plethio_out_close(&theirs, 1, &e));
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK(is_all(path, 'b', N / 2));
    put(out.file, 'a', N);
    /* and one more of this process */
    CHECK(plethio_out_open(&same, path, &e) == 0);
    put(same.file, 'c', 7);
    CHECK(plethio_out_close(&out, 1, &e) == 0 && is_all(path, 'a', 2 * N));
    CHECK(plethio_out_close(&same, 1, &e) == 0 && is_all(path, 'c', 7));
    CHECK(plethio_out_open(&same, path, &e) == 0 && plethio_out_close(&same, 0, &e) == 0);
    CHECK(is_all(path, 'c', 7) && files() == 1);
    unlink(path);
}

static void check_left(void)
{
    static const char *const name[] = {"x.part-there-12",   "x.part-there-12-1", "x.part-here-13",
                                       "x.part-no writer-", "x.part-two",        "y.part-there-12"};
    const struct timespec old[2] = {{time(NULL) - 2 * 86400, 0}, {time(NULL) - 2 * 86400, 0}};

    for (int i = 0; i < 6; i++) {
        recording_text(name[i], "half");
        if (i != 2)
            CHECK(utimensat(AT_FDCWD, recording_path(name[i]), old, 0) == 0);
    }
    CHECK(plethio_write_whole(recording_path("x"), "whole", 5, &e) == 0);
    for (int i = 0; i < 6; i++)
        CHECK((access(recording_path(name[i]), F_OK) == 0) == (i >= 2));
    CHECK(files() == 5);
}

static void check_pipe(void)
{
    const char *path = recording_path("pipe");
    struct stat s;
    char text[8] = "";
    int end;

    CHECK(mkfifo(path, 0666) == 0);
    end = open(path, O_RDWR);
    CHECK(plethio_write_whole(path, "through", 7, &e) == 0);
    CHECK(read(end, text, 7) == 7 && strcmp(text, "through") == 0);
    CHECK(stat(path, &s) == 0 && S_ISFIFO(s.st_mode));
    close(end);
}

static void check_refusals(void)
{
    static char longer[2000];

    CHECK(plethio_write_whole("/nowhere/at/all", "x", 1, &e) == -1 &&
          strstr(e.text, "/nowhere/at/all"));
    CHECK(plethio_write_whole(recording_folder, "x", 1, &e) == -1);
    memset(longer, 'x', sizeof longer - 1);
    CHECK(plethio_write_whole(longer, "x", 1, &e) == -1 && strstr(e.text, "too long"));
}

int main(void)
{
    recording_begin();
    check_two();
    check_left();
    check_pipe();
    check_refusals();
    recording_end();
    return test_done();
}
