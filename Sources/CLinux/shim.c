#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

const void *clinux_find(const void *text, size_t length, const void *part, size_t part_length) {
    return memmem(text, length, part, part_length);
}

int clinux_poller_new(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_poller_add(int poller, int descriptor, uint32_t tag) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u32 = tag}};
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

int clinux_poller_wait(int poller, uint32_t *tags, int capacity, int64_t nanoseconds) {
    enum { maximum = 256, millisecond = 1000000 };
    struct epoll_event events[maximum];
    if (capacity > maximum) capacity = maximum;
    if (nanoseconds < 0) nanoseconds = 0;
    /* epoll counts in milliseconds; epoll_pwait2 is younger than the systems we run on. */
    if (nanoseconds > 0 && nanoseconds < 10 * millisecond) {
        struct pollfd poll = {.fd = poller, .events = POLLIN};
        struct timespec timeout = {.tv_sec = 0, .tv_nsec = nanoseconds};
        if (ppoll(&poll, 1, &timeout, NULL) <= 0) return 0;
        nanoseconds = 0;
    }
    int count = epoll_wait(poller, events, capacity, (int)(nanoseconds / millisecond));
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) tags[i] = events[i].data.u32;
    return count;
}

int clinux_start(const char *path, char *const arguments[], const char *folder, int output) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
    /* Only async-signal-safe calls from here on: the parent may have other threads. */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int input = open("/dev/null", O_RDONLY);
    if (getppid() != parent || input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) _exit(126);
    if (chdir(folder) != 0) _exit(126);
    execv(path, arguments);
    _exit(127);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

int clinux_remove_folder(const char *path) { return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

uint64_t clinux_filesystem(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (uint64_t)status.f_type : 0;
}
