# Writes OUTPUT with VERSION and the commit of SOURCE; leaves the file alone when nothing has changed, so that a build
# without a new commit compiles nothing. Called as a script at every build.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define DSMSIM_VERSION \"@VERSION@\"\n#define DSMSIM_COMMIT \"@commit@\"\n" @ONLY)
