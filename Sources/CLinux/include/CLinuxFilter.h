// What a list of permitted system calls needs from the C headers, and the report when another one is made.
#pragma once
#include <stdint.h>

// The value of a constant of the kernel's headers by its name. 0 if the name is in the table, else -ENOENT.
int clinux_constant(const char *name, uint64_t *value);

// Names the system call `number` in the report; what does not fit is cut. -EINVAL if the number is not below 1024.
int clinux_filter_name(int number, const char *name);
// From here on a call that a filter answers with SECCOMP_RET_TRAP is reported on standard error as `program`'s, and ends
// the process by SIGSYS. Can be undone by nothing but sigaction, which the filter has to forbid.
int clinux_filter_report(const char *program);
