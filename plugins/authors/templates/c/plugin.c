/* leash @NAME@: how many API keys the agent has.
 *
 * `leash api` has the request signed by this plugin's own signer, sends it, and says itself what goes wrong.
 * Exit status: 0 done, 1 it failed, 4 no agent, 125 not granted.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int fail(int status, const char *message, const char *hint) {
  fprintf(stderr, "error: %s\nhint: %s\n", message, hint);
  return status;
}

/* Reads a file to its end into a text; NULL where that fails. */
static char *read_all(int from) {
  size_t length = 0, room = 64 * 1024;
  char *text = malloc(room);
  while (text != NULL) {
    ssize_t count = read(from, text + length, room - length - 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      text[length] = 0;
      if (count == 0) return text;
      free(text);
      return NULL;
    }
    length += (size_t)count;
    if (room - length < 2) {
      char *more = realloc(text, room *= 2);
      if (more == NULL) free(text);
      text = more;
    }
  }
  return NULL;
}

/* What `leash api GET PATH` answers; NULL where it failed, with its status. */
static char *get(const char *leash, const char *path, int *status) {
  char *words[] = {(char *)leash, "api", "GET", (char *)path, NULL}, *answer;
  posix_spawn_file_actions_t actions;
  int ends[2], failed;
  pid_t child;

  *status = 1;
  if (pipe(ends) != 0) return NULL;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  if (ends[0] != 1) posix_spawn_file_actions_addclose(&actions, ends[0]);
  if (ends[1] != 1) posix_spawn_file_actions_addclose(&actions, ends[1]);
  failed = posix_spawn(&child, leash, &actions, NULL, words, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  answer = failed ? NULL : read_all(ends[0]);
  close(ends[0]);
  if (failed) {
    fail(1, strerror(failed), "LEASH_BIN should lead to leash");
    return NULL;
  }
  while (waitpid(child, &failed, 0) < 0 && errno == EINTR) continue;
  *status = WIFEXITED(failed) ? WEXITSTATUS(failed) : 1;
  if (*status == 0 && answer != NULL) return answer;
  free(answer);
  return NULL;
}

/* Whether the context says `--json`: it is in the variable where it is small, and always in the descriptor. */
static int wants_json(void) {
  const char *found, *context = getenv("LEASH_CONTEXT"), *number = getenv("LEASH_CONTEXT_FD");
  char path[32], *text = NULL;
  FILE *file;
  int yes;

  if (context == NULL && number != NULL) {
    snprintf(path, sizeof path, "/dev/fd/%.8s", number);
    file = fopen(path, "r");
    context = text = file == NULL ? NULL : read_all(fileno(file));
    if (file != NULL) fclose(file);
  }
  found = context == NULL ? NULL : strstr(context, "\"json\"");
  if (found != NULL) found += strlen("\"json\"") + strspn(found + strlen("\"json\""), " :");
  yes = found != NULL && strncmp(found, "true", 4) == 0;
  free(text);
  return yes;
}

/* How many objects of a JSON text have an id. (In a label the quotes would be escaped.) */
static int count(const char *json) {
  int found = 0;
  while ((json = strstr(json, "\"id\"")) != NULL) {
    json += strlen("\"id\"");
    json += strspn(json, " ");
    found += *json == ':';
  }
  return found;
}

int main(int argc, char **argv) {
  const char *leash = getenv("LEASH_BIN");
  char *keys;
  int status, found;

  /* Before all else: no signer is given for this. */
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    puts("How many API keys the agent has.\n\nUsage: leash [--json] @NAME@");
    return fflush(stdout) == 0 ? 0 : fail(1, strerror(errno), "check what stdout leads to");
  }
  if (leash == NULL) return fail(1, "this is a plugin of leash, and was started without it", "run `leash @NAME@`");
  if (getenv("LEASH_AGENT_MINT") == NULL) return fail(4, "no agent is configured", "`leash agent import FILE`, or try `leash sandbox up`");
  if (getenv("LEASH_SIGNER") == NULL) return fail(125, "nothing may be signed here", "`leash plugin trust @NAME@` shows what it asks for");

  keys = get(leash, "/v1/agents/{mint}/api-keys?limit=200", &status);
  if (keys == NULL) return status;
  if (strstr(keys, "\"items\"") == NULL) {
    free(keys);
    return fail(1, "the API answered something else than a list of keys", "`leash doctor` checks the set-up");
  }
  found = count(keys);
  if (wants_json())
    printf("{\"kind\": \"@KIND@\", \"status\": \"ok\", \"api_keys\": %d}\n", found);
  else
    printf("%d API key%s\n", found, found == 1 ? "" : "s");
  free(keys);
  if (fflush(stdout) != 0) return fail(1, strerror(errno), "check what stdout leads to");
  return 0;
}
