// The floors of `exec_roundtrip` and `snapshot_stop`: the same guest and the same questions without a supervisor.
//   guest exec COUNT WORDS AGENT              a program is started, and asked for until it has ended
//   guest snapshot COUNT WORDS AGENT MONITOR  how long the guest stands for a snapshot with memory
#define _GNU_SOURCE 1
#include "machine.h"

enum { PATIENCE = 300, WARM_UP = 5 };

static char *answer;
static size_t room;

static long number(const char *text, const char *key) {
  const char *found = strstr(text, key);
  if (!found) die(key);
  return strtol(found + strlen(key), NULL, 10);
}

// When the guest was stopped and went on, by the hypervisor's own clock.
static uint64_t stopped, resumed;

static void hear(const char *event) {
  uint64_t *when = strstr(event, "\"STOP\"") ? &stopped : strstr(event, "\"RESUME\"") ? &resumed : NULL;
  if (!when) return;
  uint64_t seconds = (uint64_t)number(event, "\"seconds\": ");
  *when = (seconds * 1000000u + (uint64_t)number(event, "\"microseconds\": ")) * 1000u;
}

// Answers are a line each; what is said without being asked comes between them.
static const char *ask(FILE *peer, const char *question) {
  if (write(fileno(peer), question, strlen(question)) < 0) die("write");
  while (getline(&answer, &room, peer) > 0) {
    if (strstr(answer, "\"error\": {")) {
      fprintf(stderr, "floor: %s", answer);
      exit(1);
    }
    if (strstr(answer, "\"return\"")) return answer;
    hear(answer);
  }
  die("a socket closed");
}

static FILE *meet(const char *path) {
  int fd = connect_to(path);
  FILE *peer = fdopen(fd, "r");
  if (!peer) die("fdopen");
  return peer;
}

static void run_program(FILE *agent) {
  char question[128];
  const char *program =
      "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"true\", \"capture-output\": true}}\n";
  long process = number(ask(agent, program), "\"pid\": ");
  snprintf(
      question, sizeof question, "{\"execute\": \"guest-exec-status\", \"arguments\": {\"pid\": %ld}}\n", process);
  while (!strstr(ask(agent, question), "\"exited\": true")) {}
}

static void work(FILE *monitor, const char *kind, const char *where, int round) {
  char question[256];
  snprintf(
      question, sizeof question,
      "{\"execute\": \"snapshot-%s\", \"arguments\": {\"job-id\": \"j\", \"tag\": \"s%d\", %s\"devices\": [\"disk0\"]}}\n",
      kind, round, where);
  ask(monitor, question);
  for (;;) {
    const char *jobs = ask(monitor, "{\"execute\": \"query-jobs\"}\n");
    if (strstr(jobs, "\"error\":")) die(jobs);
    if (strstr(jobs, "concluded")) break;
    usleep(1000);
  }
  ask(monitor, "{\"execute\": \"job-dismiss\", \"arguments\": {\"id\": \"j\"}}\n");
}

int main(int count, char **words) {
  int is_snapshot = count == 6 && strcmp(words[1], "snapshot") == 0;
  if (!is_snapshot && !(count == 5 && strcmp(words[1], "exec") == 0)) {
    fprintf(stderr, "usage: guest exec COUNT WORDS AGENT | snapshot COUNT WORDS AGENT MONITOR\n");
    return 64;
  }
  alarm(PATIENCE);
  read_words(words[3]);
  unlink(words[4]);
  if (is_snapshot) unlink(words[5]);
  pid_t process = start();
  FILE *agent = meet(words[4]), *monitor = NULL;
  // QEMU keeps the question until the guest's agent opens its port.
  ask(agent, "{\"execute\": \"guest-ping\"}\n");
  if (is_snapshot) {
    monitor = meet(words[5]);
    ask(monitor, "{\"execute\": \"qmp_capabilities\"}\n");
  }
  int rounds = atoi(words[2]);
  for (int round = is_snapshot ? 0 : -WARM_UP; round < rounds; round++) {
    uint64_t begun = now();
    if (is_snapshot) work(monitor, "save", "\"vmstate\": \"disk0\", ", round);
    else run_program(agent);
    if (is_snapshot) sample(stopped, resumed);
    else if (round >= 0) sample(begun, now());
    if (is_snapshot) work(monitor, "delete", "", round);
  }
  fflush(stdout);
  end(process);
  return 0;
}
