#ifndef C_RELEASE_H
#define C_RELEASE_H

/// Semantic version of the programs.
const char *procurator_version(void);

#endif
