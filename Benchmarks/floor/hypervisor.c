// The floors of `create_to_exec`, `create_to_agent` and `death_to_status`: the same command line without a supervisor.
//   hypervisor exec|death COUNT WORDS         WORDS: a file with the command line, each word ended by NUL
//   hypervisor agent COUNT WORDS SOCKET       SOCKET: where the command line has its agent's socket
#define _GNU_SOURCE 1
#include "machine.h"
#include <poll.h>
#include <sys/syscall.h>

enum { BOOTED = 300000, PATIENCE = 120 };

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
