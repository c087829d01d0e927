#include "CRelease.h"

// The one place that says it. Weak, so that `make release VERSION=...` can say another one to the linker: nothing is
// compiled anew then, and no Swift code has the number folded into it.
__attribute__((weak)) const char *procurator_version(void) { return "0.1.0"; }
