// What the floors share: a clock, packets with one descriptor (unix(7)), and the way samples are told.
#pragma once
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Noreturn static inline void die(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

// Nanoseconds on the monotonic clock.
static inline uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// One sample a line, in nanoseconds; `Benchmarks/run` makes percentiles of them.
static inline void sample(uint64_t begun, uint64_t ended) { printf("%llu\n", (unsigned long long)(ended - begun)); }

static inline void send_descriptor(int socket, const void *bytes, size_t length, int fd) {
  struct iovec part = {(void *)(uintptr_t)bytes, length};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control = {0};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) die("sendmsg");
}

static inline int receive_descriptor(int socket, void *bytes, size_t length) {
  struct iovec part = {bytes, length};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0) die("recvmsg");
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header) die("an answer without a descriptor");
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}
