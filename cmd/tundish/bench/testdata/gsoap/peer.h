/* What the files of the gSOAP peer share. See server.c. */
#ifndef PEER_H
#define PEER_H

#include <stddef.h>

#include "soapH.h"

/* A piece of text that grows. */
struct text {
  char *at;
  size_t size, room;
};

void text_add(struct text *t, const char *piece, size_t size);

/* An order as it is stored. Instants are milliseconds since 1970. */
struct row {
  const struct ns1__Order *order;
  const char *message_id;
  const char *raw; /* the request as it was on the wire */
  size_t raw_size;
  long long at;
  char no[32];   /* out */
  char hash[65]; /* out */
};

/* body_write writes the order as the hub stores it, as JSON, into t. */
void body_write(struct text *t, const struct row *r);

/* rows_open opens a database that has its tables already; a pragma is name(value).
   rows_store makes an order durable. Both return 0, or tell standard error and return 1. */
int rows_open(const char *path, int pragmas, char **pragma);
int rows_store(struct row *r);

long long now_ms(void);

#endif
