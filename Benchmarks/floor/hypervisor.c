// The floors of `create_to_exec`, `create_to_agent` and `death_to_status`: the same command line without a supervisor.
//   hypervisor exec|death COUNT WORDS         WORDS: a file with the command line, each word ended by NUL
//   hypervisor agent COUNT WORDS SOCKET       SOCKET: where the command line has its agent's socket
#define _GNU_SOURCE 1
#include "floor.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { MOST_WORDS = 512, BOOTED = 300000, PATIENCE = 120 };

extern char **environ;
static char *command[MOST_WORDS + 1];

static void read_words(const char *path) {
  static char text[65536];
  int file = open(path, O_RDONLY);
  ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (length <= 0) die(path);
  close(file);
  int word = 0;
  for (char *at = text; at < text + length && word < MOST_WORDS; at += strlen(at) + 1) command[word++] = at;
}

// The new process shares our memory until it has executed, so this returns when it has.
static pid_t start(void) {
  pid_t process;
  if ((errno = posix_spawn(&process, command[0], NULL, NULL, command, environ)) != 0) die(command[0]);
  return process;
}

static void end(pid_t process) {
  kill(process, SIGKILL);
  if (waitpid(process, NULL, 0) < 0) die("waitpid");
}

static int connect_to(const char *path) {
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

// QEMU keeps the question until the guest's agent opens its port.
static void ask_agent(const char *path) {
  static const char ping[] = "{\"execute\": \"guest-ping\"}\n";
  char answer[4096];
  size_t have = 0;
  int fd = connect_to(path);
  if (write(fd, ping, sizeof ping - 1) < 0) die("write");
  while (have < sizeof answer - 1) {
    ssize_t got = read(fd, answer + have, sizeof answer - 1 - have);
    if (got <= 0) die("the agent's socket closed");
    have += (size_t)got;
    answer[have] = 0;
    if (strstr(answer, "\"return\"")) break;
  }
  close(fd);
}

static void measure_exec(void) {
  uint64_t begun = now();
  pid_t process = start();
  sample(begun, now());
  end(process);
}

static void measure_agent(const char *path) {
  unlink(path);
  alarm(PATIENCE);
  uint64_t begun = now();
  pid_t process = start();
  ask_agent(path);
  sample(begun, now());
  end(process);
}

static void measure_death(void) {
  pid_t process = start();
  usleep(BOOTED);
  int handle = (int)syscall(SYS_pidfd_open, process, 0);
  if (handle < 0) die("pidfd_open");
  struct pollfd event = {.fd = handle, .events = POLLIN};
  if (poll(&event, 1, 0) != 0) die("the hypervisor ended by itself");
  uint64_t begun = now();
  kill(process, SIGKILL);
  if (poll(&event, 1, -1) < 0) die("poll");
  sample(begun, now());
  close(handle);
  end(process);
}

int main(int count, char **words) {
  int is_agent = count == 5 && strcmp(words[1], "agent") == 0;
  if (count != 4 && !is_agent) {
    fprintf(stderr, "usage: hypervisor exec|death COUNT WORDS | agent COUNT WORDS SOCKET\n");
    return 64;
  }
  read_words(words[3]);
  for (int round = atoi(words[2]); round > 0; round--) {
    if (is_agent) measure_agent(words[4]);
    else if (strcmp(words[1], "exec") == 0) measure_exec();
    else measure_death();
    fflush(stdout);
  }
  return 0;
}
