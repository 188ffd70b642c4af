// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0
//
// What the engine is measured against (docs/benchmarks.md): the shortest C program that answers on
// the same shared library, with the same greedy choice and the text of every token.
//
//   llama_reference LIBRARY PROFILE BACKENDS MODEL THREADS CONTEXT_TOKENS SEQUENCES
//
// PROFILE is b4916 or v0.5.0; BACKENDS is the folder of the back ends, or - when they are compiled
// in. It prints "ready", then reads lines "TOKENS<tab>PROMPT[<tab>PROMPT...]" and answers each with
//   wall_ns first_token_ns cpu_ns prompt_tokens answer_tokens text_bytes FNV-1a of the first answer
// One prompt runs on a context of one sequence, several on a context of SEQUENCES.

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOKENS_MAX = 8192, SEQUENCES_MAX = 16, BATCH = 512, LINE_MAX_BYTES = 1 << 16 };

typedef int32_t token_t;

typedef struct {
  int32_t n_tokens;
  token_t *token;
  float *embd;
  int32_t *pos;
  int32_t *n_seq_id;
  int32_t **seq_id;
  int8_t *logits;
} batch_t;

// The structs of parameters by their sizes; fields are set at the offsets of the profile.
typedef struct { uint64_t word[8]; } model_b4916;
typedef struct { uint64_t word[15]; } context_b4916;
typedef struct { uint64_t word[10]; } model_v050;
typedef struct { uint64_t word[20]; } context_v050;

static void *library;

static void die(const char *why, const char *what) {
  fprintf(stderr, "llama_reference: %s %s\n", why, what ? what : "");
  exit(2);
}

static void *symbol(const char *name) {
  void *found = dlsym(library, name);
  if (!found) die("the library has no", name);
  return found;
}

static int64_t now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void quiet(int level, const char *text, void *data) {
  (void)data;
  if (level == 4) fputs(text, stderr);
}

static void put(void *params, size_t offset, int32_t value) {
  memcpy((char *)params + offset, &value, sizeof value);
}

static void *load(const char *path, bool current) {
  if (current) {
    model_v050 p = ((model_v050(*)(void))symbol("llama_model_default_params"))();
    put(&p, 16, 0);  // n_gpu_layers
    return ((void *(*)(const char *, model_v050))symbol("llama_model_load_from_file"))(path, p);
  }
  model_b4916 p = ((model_b4916(*)(void))symbol("llama_model_default_params"))();
  return ((void *(*)(const char *, model_b4916))symbol("llama_model_load_from_file"))(path, p);
}

static void shape(void *p, int cells, int sequences, int threads, size_t threads_at) {
  put(p, 0, cells);
  put(p, 4, BATCH);
  put(p, 8, BATCH);
  put(p, 12, sequences);
  put(p, threads_at, threads);
  put(p, threads_at + 4, threads);
}

static void *context(void *model, bool current, int cells, int sequences, int threads) {
  void *made;
  if (current) {
    context_v050 p = ((context_v050(*)(void))symbol("llama_context_default_params"))();
    shape(&p, cells, sequences, threads, 28);
    made = ((void *(*)(void *, context_v050))symbol("llama_init_from_model"))(model, p);
  } else {
    context_b4916 p = ((context_b4916(*)(void))symbol("llama_context_default_params"))();
    shape(&p, cells, sequences, threads, 16);
    made = ((void *(*)(void *, context_b4916))symbol("llama_init_from_model"))(model, p);
  }
  if (!made) die("no context", NULL);
  return made;
}

static int32_t (*decode)(void *, batch_t);
static float *(*logits_ith)(void *, int32_t);
static int32_t (*piece)(const void *, token_t, char *, int32_t, int32_t, bool);
static int32_t (*tokenize)(const void *, const char *, int32_t, token_t *, int32_t, bool, bool);
static bool (*is_end)(const void *, token_t);

static token_t token_of[BATCH];
static int32_t pos_of[BATCH], one_of[BATCH], seq_of[BATCH], *seqs_of[BATCH];
static int8_t logits_of[BATCH];
static int fill;

static void add(token_t token, int pos, int seq, bool wanted) {
  token_of[fill] = token;
  pos_of[fill] = pos;
  one_of[fill] = 1;
  seq_of[fill] = seq;
  seqs_of[fill] = &seq_of[fill];
  logits_of[fill] = wanted;
  fill++;
}

static void compute(void *ctx) {
  batch_t batch = {fill, token_of, NULL, pos_of, one_of, seqs_of, logits_of};
  int rc = decode(ctx, batch);
  if (rc) die("decode failed", NULL);
  fill = 0;
}

static token_t best(const float *row, int count) {
  int at = 0;
  for (int i = 1; i < count; i++) {
    if (row[i] > row[at]) at = i;
  }
  return at;
}

typedef struct {
  token_t next;
  int length;
  int made;
  bool done;
} sequence_t;

static uint64_t hash;
static long text_bytes;

static void take(const void *vocab, sequence_t *s, int index, token_t token, int limit) {
  if (is_end(vocab, token)) {
    s->done = true;
    return;
  }
  char text[256];
  int bytes = piece(vocab, token, text, sizeof text, 0, false);
  for (int i = 0; i < bytes && index == 0; i++) hash = (hash ^ (uint8_t)text[i]) * 1099511628211ULL;
  text_bytes += bytes;
  s->next = token;
  s->done = ++s->made >= limit;
}

static void answer(void *ctx, const void *vocab, int vocabulary, int count, char **prompts,
                   int limit) {
  static token_t prompt[TOKENS_MAX];
  sequence_t all[SEQUENCES_MAX] = {0};
  int prompt_tokens = 0, made = 0, running = count;
  int64_t first = 0;
  hash = 14695981039346656037ULL;
  text_bytes = 0;
  int64_t began = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  int waiting[SEQUENCES_MAX], rows[SEQUENCES_MAX], waits = 0;
  for (int s = 0; s < count; s++) {
    int n = tokenize(vocab, prompts[s], (int)strlen(prompts[s]), prompt, TOKENS_MAX, true, true);
    if (n < 1) die("a prompt cannot be read", NULL);
    prompt_tokens += n;
    for (int i = 0; i < n; i++) {
      add(prompt[i], i, s, i == n - 1);
      if (i == n - 1) {
        waiting[waits] = s;
        rows[waits++] = fill - 1;
      }
      if (fill == BATCH || (s == count - 1 && i == n - 1)) {
        compute(ctx);
        for (int w = 0; w < waits; w++) {
          token_t token = best(logits_ith(ctx, rows[w]), vocabulary);
          take(vocab, &all[waiting[w]], waiting[w], token, limit);
        }
        waits = 0;
      }
    }
    all[s].length = n;
  }
  first = now_ns(CLOCK_MONOTONIC) - began;
  while (running > 0) {
    running = 0;
    for (int s = 0; s < count; s++) {
      if (all[s].done) continue;
      waiting[running++] = s;
      add(all[s].next, all[s].length++, s, true);
    }
    if (running == 0) break;
    compute(ctx);
    for (int r = 0; r < running; r++) {
      token_t token = best(logits_ith(ctx, r), vocabulary);
      take(vocab, &all[waiting[r]], waiting[r], token, limit);
    }
  }
  for (int s = 0; s < count; s++) made += all[s].made;
  printf("%lld %lld %lld %d %d %ld %llu\n", (long long)(now_ns(CLOCK_MONOTONIC) - began),
         (long long)first, (long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu), prompt_tokens, made,
         text_bytes, (unsigned long long)hash);
}

int main(int argc, char **argv) {
  if (argc != 8) die("arguments: LIBRARY PROFILE BACKENDS MODEL THREADS CONTEXT SEQUENCES", NULL);
  library = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
  if (!library) die("cannot open", dlerror());
  bool current = !strcmp(argv[2], "v0.5.0");
  ((void (*)(void *, void *))symbol("llama_log_set"))((void *)quiet, NULL);
  ((void (*)(void *, void *))symbol("ggml_log_set"))((void *)quiet, NULL);
  if (strcmp(argv[3], "-")) {
    ((void (*)(const char *))symbol("ggml_backend_load_all_from_path"))(argv[3]);
  }
  ((void (*)(void))symbol("llama_backend_init"))();
  decode = symbol("llama_decode");
  logits_ith = symbol("llama_get_logits_ith");
  piece = symbol("llama_token_to_piece");
  tokenize = symbol("llama_tokenize");
  is_end = symbol("llama_vocab_is_eog");
  int threads = atoi(argv[5]), cells = atoi(argv[6]), sequences = atoi(argv[7]);
  void *model = load(argv[4], current);
  if (!model) die("cannot load", argv[4]);
  const void *vocab = ((const void *(*)(void *))symbol("llama_model_get_vocab"))(model);
  int vocabulary = ((int32_t(*)(const void *))symbol("llama_vocab_n_tokens"))(vocab);
  void *alone = context(model, current, cells, 1, threads);
  void *together = context(model, current, cells, sequences, threads);
  printf("ready\n");
  fflush(stdout);
  static char line[LINE_MAX_BYTES];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    int limit = atoi(strtok(line, "\t")), count = 0;
    char *prompts[SEQUENCES_MAX];
    for (char *p = strtok(NULL, "\t"); p && count < sequences; p = strtok(NULL, "\t")) {
      prompts[count++] = p;
    }
    void *ctx = count == 1 ? alone : together;
    if (current) {
      void *memory = ((void *(*)(void *))symbol("llama_get_memory"))(ctx);
      ((void (*)(void *, bool))symbol("llama_memory_clear"))(memory, false);
    } else {
      ((void (*)(void *))symbol("llama_kv_self_clear"))(ctx);
    }
    answer(ctx, vocab, vocabulary, count, prompts, limit);
    fflush(stdout);
  }
  return 0;
}
