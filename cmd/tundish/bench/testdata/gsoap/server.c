/* The gSOAP peer of the benchmarks: a hotline hub that takes SubmitOrder only, written the
   way gSOAP's manual writes a multi-threaded server with keep-alive: an accept loop, a
   queue of sockets, workers with a context each. An answer leaves after the order, its
   event and its message are committed.

   The rest of its source comes from our WSDL by wsdl2h and soapcpp2 when it is built.

     peer DATABASE WORKERS PRAGMA...

   It prints "listening on 127.0.0.1:PORT" and ends when its standard input does. */

#define _GNU_SOURCE /* memmem */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "HotlineHubBinding.nsmap"
#include "peer.h"

/* What a worker has read since its last answer. */
struct wire {
  struct text bytes;
};

static size_t (*plain_receive)(struct soap *, char *, size_t);

/* receive keeps what comes in: the message log wants the request as it was sent. */
static size_t receive(struct soap *soap, char *s, size_t room) {
  size_t n = plain_receive(soap, s, room);
  text_add(&((struct wire *)soap->user)->bytes, s, n);
  return n;
}

#define QUEUE 1024

static struct {
  pthread_mutex_t lock;
  pthread_cond_t some, room;
  SOAP_SOCKET sockets[QUEUE];
  int head, count;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER, .room = PTHREAD_COND_INITIALIZER};

static void enqueue(SOAP_SOCKET s) {
  pthread_mutex_lock(&queue.lock);
  while (queue.count == QUEUE)
    pthread_cond_wait(&queue.room, &queue.lock);
  queue.sockets[(queue.head + queue.count++) % QUEUE] = s;
  pthread_cond_signal(&queue.some);
  pthread_mutex_unlock(&queue.lock);
}

static SOAP_SOCKET dequeue(void) {
  pthread_mutex_lock(&queue.lock);
  while (queue.count == 0)
    pthread_cond_wait(&queue.some, &queue.lock);
  SOAP_SOCKET s = queue.sockets[queue.head];
  queue.head = (queue.head + 1) % QUEUE;
  queue.count--;
  pthread_cond_signal(&queue.room);
  pthread_mutex_unlock(&queue.lock);
  return s;
}

static void *work(void *context) {
  struct soap *soap = context;
  struct wire wire = {0};
  soap->user = &wire;
  for (;;) {
    soap->socket = dequeue();
    wire.bytes.size = 0;
    soap_serve(soap);
    soap_destroy(soap);
    soap_end(soap);
  }
  return NULL;
}

/* until_closed ends the process with whoever started it. */
static void *until_closed(void *unused) {
  char c[64];
  while (read(0, c, sizeof c) > 0) {
  }
  _exit(0);
  return unused;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: peer DATABASE WORKERS PRAGMA...\n");
    return 2;
  }
  if (rows_open(argv[1], argc - 3, argv + 3))
    return 1;
  int workers = atoi(argv[2]);

  struct soap soap;
  soap_init2(&soap, SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING, SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING);
  soap.max_keep_alive = 0; /* as long as the caller likes */
  soap.bind_flags = SO_REUSEADDR;
  if (!soap_valid_socket(soap_bind(&soap, "127.0.0.1", 0, 1024))) {
    soap_print_fault(&soap, stderr);
    return 1;
  }
  struct sockaddr_in bound;
  socklen_t size = sizeof bound;
  if (getsockname(soap.master, (struct sockaddr *)&bound, &size)) {
    perror("getsockname");
    return 1;
  }
  plain_receive = soap.frecv;
  soap.frecv = receive;
  pthread_t thread;
  for (int i = 0; i < workers; i++)
    if (pthread_create(&thread, NULL, work, soap_copy(&soap))) {
      perror("start a worker");
      return 1;
    }
  if (pthread_create(&thread, NULL, until_closed, NULL)) {
    perror("watch standard input");
    return 1;
  }
  printf("listening on 127.0.0.1:%d\n", ntohs(bound.sin_port));
  fflush(stdout);
  for (;;) {
    SOAP_SOCKET s = soap_accept(&soap);
    if (soap_valid_socket(s))
      enqueue(s);
    else if (soap.errnum) {
      soap_print_fault(&soap, stderr);
      return 1;
    }
  }
}

long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void text_add(struct text *t, const char *piece, size_t size) {
  if (t->size + size > t->room) {
    t->room = (t->size + size) * 2;
    t->at = realloc(t->at, t->room);
    if (!t->at)
      abort();
  }
  memcpy(t->at + t->size, piece, size);
  t->size += size;
}

/* body_of finds the body of the last request: callers wait for an answer before they send
   the next one, so all that came in since the last answer is one request. */
static void body_of(const struct text *bytes, const char **body, size_t *size) {
  const char *end = memmem(bytes->at, bytes->size, "\r\n\r\n", 4);
  *body = end ? end + 4 : bytes->at;
  *size = bytes->size - (size_t)(*body - bytes->at);
}

int __ns1__SubmitOrder(struct soap *soap, struct _ns1__SubmitOrder *request, struct _ns1__SubmitOrderResponse *response) {
  struct wire *wire = soap->user;
  if (!request->Order || !request->Order->ExternalRef)
    return soap_sender_fault(soap, "the order has no number", NULL);
  struct row r = {.order = request->Order, .message_id = request->MessageId, .at = now_ms()};
  body_of(&wire->bytes, &r.raw, &r.raw_size);
  int failed = rows_store(&r);
  wire->bytes.size = 0;
  if (failed)
    return soap_receiver_fault(soap, "the order could not be stored", NULL);
  response->OrderNo = soap_strdup(soap, r.no);
  response->Status = soap_strdup(soap, "R");
  response->Known = xsd__boolean__false_;
  response->At = r.at / 1000;
  return SOAP_OK;
}

/* The contract's other operations are not part of the comparison. */
#define NOT_SERVED(operation) \
  int __ns1__##operation(struct soap *soap, struct _ns1__##operation *q, struct _ns1__##operation##Response *a) { \
    (void)q, (void)a; \
    return soap_sender_fault(soap, #operation " is not served here", NULL); \
  }

NOT_SERVED(AmendOrder)
NOT_SERVED(CancelOrder)
NOT_SERVED(ExpediteOrder)
NOT_SERVED(QueryOrder)
NOT_SERVED(RecordFollowUp)
NOT_SERVED(AnswerExtension)
