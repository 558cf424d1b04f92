/* Crashes while it is being loaded, before it has said what it is. */
#include <stdlib.h>

#include "leash_plugin.h"

__attribute__((constructor)) static void early(void) { abort(); }

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return NULL;
}
