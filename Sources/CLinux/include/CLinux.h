#pragma once
/* The door to what Linux has and Swift's Glibc module leaves out. Every function that can fail returns -1 and sets errno. */
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* memmem is a GNU extension. NULL where the part does not occur. */
const void *clinux_find(const void *text, size_t length, const void *part, size_t part_length);

/* sys/epoll.h is in no module, and epoll_event is packed. A poller's descriptor is closed with close. */
int clinux_poller_new(void);
/* Watches a descriptor for reading and writing, edge-triggered; closing it ends that. */
int clinux_poller_add(int poller, int descriptor, uint32_t tag);
/* Waits for at most `nanoseconds` and writes the tags of descriptors that can go on. Their number; 0 also for a signal. */
int clinux_poller_wait(int poller, uint32_t *tags, int capacity, int64_t nanoseconds);

/* Starts a program in a folder, with standard output and error going to `output` and no standard input. It has a
 * process group of its own and is killed when the thread that started it ends. posix_spawn can do neither the folder
 * (without a GNU extension) nor the death signal, and Swift may not call fork. The process id. */
int clinux_start(const char *path, char *const arguments[], const char *folder, int output);

/* nftw's callback is variadic in its flags and hidden without _GNU_SOURCE. Removes a folder with all that is in it. */
int clinux_remove_folder(const char *path);

/* statfs's f_type (linux/magic.h), 0 when unknown. */
uint64_t clinux_filesystem(const char *path);

#ifdef __cplusplus
}
#endif
