// A machine of a given command line, without a supervisor, and its sockets.
#pragma once
#include "floor.h"
#include <signal.h>
#include <spawn.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <fcntl.h>

enum { MOST_WORDS = 512 };

extern char **environ;
static char *command[MOST_WORDS + 1];

// WORDS: a file with the command line, each word ended by NUL.
static inline void read_words(const char *path) {
  static char text[65536];
  int file = open(path, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (length <= 0) die(path);
  close(file);
  int word = 0;
  for (char *at = text; at < text + length && word < MOST_WORDS; at += strlen(at) + 1) command[word++] = at;
}

// The new process shares our memory until it has executed, so this returns when it has.
static inline pid_t start(void) {
  pid_t process;
  if ((errno = posix_spawn(&process, command[0], NULL, NULL, command, environ)) != 0) die(command[0]);
  return process;
}

static inline void end(pid_t process) {
  kill(process, SIGKILL);
  if (waitpid(process, NULL, 0) < 0) die("waitpid");
}

static inline int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  for (;;) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    usleep(1000);
  }
}
