// What this host's kernel says about itself (see CLinux.h).
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <string.h>
#include <sys/timex.h>

int clinux_clock_state(int *synchronised) {
  struct timex state;
  memset(&state, 0, sizeof state);
  if (adjtimex(&state) < 0) return -errno;
  *synchronised = (state.status & STA_UNSYNC) == 0;
  return 0;
}
