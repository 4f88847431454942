/* refuse RULE... -- COMMAND...
 *
 * Runs a command for which system calls fail. A rule is ERRNO:CALL, or ERRNO:CALL:ARGUMENT
 * followed by one of
 *   =VALUE[,VALUE...]   if the argument (0 to 5) has one of the values
 *   !VALUE[,VALUE...]   if it has none of them
 *   &BITS               if it has any of the bits
 * All are decimal numbers, of which the lower 32 bits count. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static struct sock_filter program[4000];
static unsigned short length;

static void add(unsigned short code, unsigned int operand, unsigned char yes, unsigned char no) {
  if (length == sizeof program / sizeof *program) {
    fprintf(stderr, "refuse: too many rules\n");
    exit(125);
  }
  program[length++] = (struct sock_filter){code, yes, no, operand};
}

static void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }

static void fail(unsigned int number) { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | number, 0, 0); }

static void rule(char *text) {
  char *next;
  unsigned int number = strtoul(text, &next, 10);
  unsigned int call = strtoul(next + 1, &next, 10);
  unsigned short start;
  load(offsetof(struct seccomp_data, nr));
  start = length;
  add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 0);
  if (*next == ':') {
    unsigned int argument = strtoul(next + 1, &next, 10);
    char kind = *next;
    unsigned short values;
    load(offsetof(struct seccomp_data, args) + 8 * argument);
    values = length;
    do {
      unsigned int value = strtoul(next + 1, &next, 10);
      add(BPF_JMP | (kind == '&' ? BPF_JSET : BPF_JEQ) | BPF_K, value, 0, 0);
    } while (*next == ',');
    /* The instruction at `length` refuses, the one after it is the next rule. */
    for (unsigned short at = values; at < length; at++) {
      if (kind == '!')
        program[at].jt = length - at;
      else if (at + 1 < length)
        program[at].jt = length - at - 1;
      else
        program[at].jf = 1;
    }
  }
  program[start].jf = length - start;
  fail(number);
}

int main(int count, char **words) {
  int at = 1;
  for (; at < count && strcmp(words[at], "--"); at++) rule(words[at]);
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
  struct sock_fprog filter = {length, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) {
    perror("refuse: seccomp");
    return 125;
  }
  if (at + 1 >= count) return 125;
  execvp(words[at + 1], words + at + 1);
  fprintf(stderr, "refuse: %s: %s\n", words[at + 1], strerror(errno));
  return 125;
}
