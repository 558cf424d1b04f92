/* A plugin that has one request signed: hello, sign_http, and no more. Status 0 where it was signed; without a signer it
   does nothing. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char answer[65537];

static int call(int fd, const char *json) {
  uint32_t length = (uint32_t)strlen(json), got = 0;
  unsigned char head[4] = {length >> 24, length >> 16, length >> 8, length};
  char frame[2048];
  memcpy(frame, head, 4);
  memcpy(frame + 4, json, length);
  if (write(fd, frame, length + 4) != (ssize_t)(length + 4)) return 0;
  for (length = 4; got < length;) {
    ssize_t n = read(fd, (got < 4 ? (char *)head : answer - 4) + got, length - got);
    if (n <= 0) return 0;
    got += (uint32_t)n;
    if (got == 4 && length == 4)
      length = 4 + ((uint32_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3]);
    if (length > 65536) return 0;
  }
  answer[length - 4] = 0;
  return strstr(answer, "\"ok\"") != NULL;
}

int main(void) {
  const char *signer = getenv("LEASH_SIGNER"), *mint = getenv("LEASH_AGENT_MINT");
  char ask[1024];
  int fd;
  if (!signer) return 0;
  if (!mint || sscanf(signer, "fd:%d", &fd) != 1) return 1;
  snprintf(ask, sizeof ask,
           "{\"id\":1,\"op\":\"sign_http\",\"method\":\"GET\",\"path\":\"/v1/agents/%s/api-keys\",\"query\":\"\","
           "\"body_sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}",
           mint);
  return !(call(fd, "{\"id\":0,\"op\":\"hello\",\"v\":[1]}") && call(fd, ask));
}
