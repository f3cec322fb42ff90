// Recorded as tiny.lackey.zst:
//   gcc -O1 -pthread -static tiny.c -o tiny
//   valgrind --tool=lackey --trace-mem=yes --trace-sched=yes --log-file=tiny.lackey ./tiny
//   zstd -19 tiny.lackey
#include <pthread.h>
static int cells[256];
static void *work(void *p) {
  long id = (long)p;
  for (int i = 0; i < 200; i++) cells[(i * 5 + id) % 256] += i;
  return 0;
}
int main(void) {
  pthread_t t[2];
  for (long i = 0; i < 2; i++) pthread_create(&t[i], 0, work, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  return cells[5] & 1;
}
