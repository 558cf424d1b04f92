/* A plugin that does nothing, for every host that has plugins. docker asks its own who they are. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "docker-cli-plugin-metadata") == 0)
    puts("{\"SchemaVersion\":\"0.1.0\",\"Vendor\":\"bench\",\"Version\":\"1\",\"ShortDescription\":\"Nothing\"}");
  return 0;
}
