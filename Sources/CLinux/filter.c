#define _GNU_SOURCE 1
#include "CLinuxFilter.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#if !defined(__x86_64__)
#error "the lists of permitted system calls and this report are written for x86-64"
#endif

#define MAX_CALLS 1024
// The bit of the x32 interface (asm/unistd.h): a filter for x86-64 alone kills at any call that has it.
#define X32_BIT 0x40000000
// Why the kernel sends SIGSYS: a filter said so (SYS_SECCOMP, asm-generic/siginfo.h).
#define BY_FILTER 1

static char names[MAX_CALLS][32];
static char program_name[32];

// The handler calls nothing of libc: no errno, no lock, no table of addresses that something may have written to.
static long raw_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

static char *append(char *place, const char *text) {
  while (*text) *place++ = *text++;
  return place;
}

static char *append_number(char *place, unsigned number) {
  if (number >= 10) place = append_number(place, number / 10);
  *place++ = (char)('0' + number % 10);
  return place;
}

static void report(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  unsigned number = (unsigned)info->si_syscall;
  if (info->si_code == BY_FILTER) {
    char line[192];
    char *end = append(append(append(line, "<2>"), program_name), ": system call ");
    end = append(append_number(end, number), " (");
    end = append(end, number < MAX_CALLS && names[number][0] ? names[number] : "unknown");
    end = append(end, ") is not permitted: killed\n");
    raw_call(SYS_write, 2, (long)line, end - line);
  }
  // Returning would let the process go on without its call. Whatever the list permits, this kills, as SIGSYS does.
  raw_call(X32_BIT | (number & (X32_BIT - 1)), 0, 0, 0);
  raw_call(SYS_exit_group, 128 + signal_number, 0, 0);
  __builtin_trap();
}

int clinux_filter_name(int number, const char *name) {
  if (number < 0 || number >= MAX_CALLS) return -EINVAL;
  strncpy(names[number], name, sizeof names[number] - 1);
  return 0;
}

int clinux_filter_report(const char *program) {
  strncpy(program_name, program, sizeof program_name - 1);
  struct sigaction action = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
  sigfillset(&action.sa_mask);
  return sigaction(SIGSYS, &action, NULL) < 0 ? -errno : 0;
}
