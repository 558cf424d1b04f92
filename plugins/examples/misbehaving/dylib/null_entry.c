/* Offers nothing: 126. */
#include "leash_plugin.h"

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return NULL;
}
