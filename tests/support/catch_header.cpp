// Empty on purpose: CMake precompiles a target's header only when a source of that target uses it,
// and catch_main.cpp must not (CATCH_CONFIG_MAIN has to be defined first).
