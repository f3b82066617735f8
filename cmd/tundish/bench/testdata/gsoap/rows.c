/* The database: one connection under a lock, prepared statements, a transaction for each
   order. The statements are those of the bare server beside it. */

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3 *db;
static sqlite3_stmt *begin, *commit, *rollback, *order, *event, *message;
static long long last; /* order number */

static int complain(const char *what) {
  fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
  return 1;
}

static int prepare(sqlite3_stmt **s, const char *text) {
  return sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, s, NULL) == SQLITE_OK ? 0 : complain(text);
}

int rows_open(const char *path, int pragmas, char **pragma) {
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return complain(path);
  for (int i = 0; i < pragmas; i++) {
    char text[128];
    snprintf(text, sizeof text, "PRAGMA %s", pragma[i]);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
      return complain(text);
  }
  return prepare(&begin, "BEGIN IMMEDIATE") || prepare(&commit, "COMMIT") || prepare(&rollback, "ROLLBACK") ||
         prepare(&order, "INSERT INTO orders (no, system, external_no, period, version, type, family, phase, urgency, is_open, has_point,"
                         " crew, account, serial, received_at, updated_at, hashes, body)"
                         " VALUES (?1, 'hotline', ?2, '', 1, 'leak', 'repair', 'acceptance', 'normal', 1, 1, '', ?3, ?4, ?5, ?5, ?6, ?7)") ||
         prepare(&event, "INSERT INTO events (id, at, kind, actor, message_id, remark, deltas)"
                         " VALUES (?1, ?2, 'received', 'system:hotline', ?3, '', ?4)") ||
         prepare(&message, "INSERT INTO messages (id, system, direction, operation, external_no, order_no, at, took_us, result, detail, charset,"
                           " request, response) VALUES (?1, 'hotline', 'in', 'SubmitOrder', ?2, ?3, ?4, ?5, 'ok', '', 'UTF-8', ?6, NULL)");
}

static void bind_text(sqlite3_stmt *s, int i, const char *v) { sqlite3_bind_text(s, i, v ? v : "", -1, SQLITE_STATIC); }

static int run(sqlite3_stmt *s) {
  int done = sqlite3_step(s) == SQLITE_DONE;
  int failed = done ? 0 : complain(sqlite3_sql(s));
  sqlite3_reset(s);
  return failed;
}

/* digest is FNV-1a in four lanes: as long as the SHA-256 that the hub keeps, and cheaper. */
static void digest(const char *p, size_t size, char out[65]) {
  unsigned long long h[4] = {0xcbf29ce484222325, 0x84222325cbf29ce4, 0x9ce484222325cbf2, 0x2325cbf29ce48422};
  for (size_t i = 0; i < size; i++)
    h[i & 3] = (h[i & 3] ^ (unsigned char)p[i]) * 0x100000001b3;
  snprintf(out, 65, "%016llx%016llx%016llx%016llx", h[0], h[1], h[2], h[3]);
}

/* insert writes the rows of an order whose serial is n; the lock is held. */
static int insert(const struct row *r, long long n, const struct text *body, const struct text *deltas) {
  char hashes[66];
  snprintf(hashes, sizeof hashes, "%s\n", r->hash);
  const char *ref = r->order->ExternalRef;
  bind_text(order, 1, r->no);
  bind_text(order, 2, ref);
  bind_text(order, 3, r->order->Customer ? r->order->Customer->Account : NULL);
  bind_text(order, 4, r->order->Meter ? r->order->Meter->Serial : NULL);
  sqlite3_bind_int64(order, 5, r->at);
  bind_text(order, 6, hashes);
  sqlite3_bind_text(order, 7, body->at, (int)body->size, SQLITE_STATIC);
  if (run(order))
    return 1;
  sqlite3_bind_int64(event, 1, n * 1048576 + 1);
  sqlite3_bind_int64(event, 2, r->at);
  bind_text(event, 3, r->message_id);
  sqlite3_bind_text(event, 4, deltas->at, (int)deltas->size, SQLITE_STATIC);
  if (run(event))
    return 1;
  bind_text(message, 1, r->message_id);
  bind_text(message, 2, ref);
  bind_text(message, 3, r->no);
  sqlite3_bind_int64(message, 4, r->at);
  sqlite3_bind_int64(message, 5, (now_ms() - r->at) * 1000);
  sqlite3_bind_blob(message, 6, r->raw, (int)r->raw_size, SQLITE_STATIC);
  return run(message);
}

int rows_store(struct row *r) {
  /* What can be made ready before the lock is taken is made ready before. */
  static _Thread_local struct text body, deltas;
  long long n = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
  snprintf(r->no, sizeof r->no, "W26-%07lld-0", n);
  digest(r->raw, r->raw_size, r->hash);
  body.size = deltas.size = 0;
  body_write(&body, r);
  text_add(&deltas, "[{\"path\":\"\",\"new\":", 18);
  text_add(&deltas, body.at, body.size);
  text_add(&deltas, "}]", 2);
  pthread_mutex_lock(&lock);
  int failed = run(begin);
  if (!failed) {
    failed = insert(r, n, &body, &deltas) || run(commit);
    if (failed && !sqlite3_get_autocommit(db))
      run(rollback);
  }
  pthread_mutex_unlock(&lock);
  return failed;
}
