// Lets a C++ exception out of `run`: dies of SIGABRT.
#include "leash_plugin.h"

static int32_t run(const leash_host_v1 *, leash_bytes, size_t, const leash_bytes *) { throw 1; }

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

extern "C" const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t) { return &plugin; }
