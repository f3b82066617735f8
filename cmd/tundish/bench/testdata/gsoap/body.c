/* The order as JSON: the names are those of core.WorkOrder. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "peer.h"

static void add(struct text *t, const char *s) { text_add(t, s, strlen(s)); }

static void quoted(struct text *t, const char *s) {
  add(t, "\"");
  for (const char *p = s;; p++) {
    unsigned char c = (unsigned char)*p;
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    text_add(t, s, (size_t)(p - s)); /* what needs no escape, in one piece */
    if (c == 0)
      break;
    char code[8];
    snprintf(code, sizeof code, "\\u%04x", c);
    add(t, code);
    s = p + 1;
  }
  add(t, "\"");
}

/* name writes the comma where one is needed, and a member's name. */
static void name(struct text *t, const char *key) {
  if (t->at[t->size - 1] != '{')
    add(t, ",");
  add(t, "\"");
  add(t, key);
  add(t, "\":");
}

static void member(struct text *t, const char *key, const char *value) {
  if (!value || !*value)
    return;
  name(t, key);
  quoted(t, value);
}

static void raw(struct text *t, const char *key, const char *value) {
  name(t, key);
  add(t, value);
}

static void number(struct text *t, const char *key, const int *value) {
  if (!value || !*value)
    return;
  char digits[16];
  snprintf(digits, sizeof digits, "%d", *value);
  raw(t, key, digits);
}

static void instant(struct text *t, const char *key, long long ms) {
  time_t seconds = ms / 1000;
  struct tm utc;
  char day[32], whole[48];
  gmtime_r(&seconds, &utc);
  strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
  if (ms % 1000)
    snprintf(whole, sizeof whole, "%s.%03lldZ", day, ms % 1000);
  else
    snprintf(whole, sizeof whole, "%sZ", day);
  member(t, key, whole);
}

static void seconds(struct text *t, const char *key, const time_t *at) {
  if (at)
    instant(t, key, *at * 1000LL);
}

static void customer(struct text *t, const struct ns1__Customer *c) {
  raw(t, "customer", "{");
  if (c) {
    member(t, "account", c->Account);
    member(t, "name", c->Name);
    member(t, "contact", c->Contact);
    member(t, "phone", c->Phone);
    member(t, "tariff", c->Tariff);
    member(t, "arrears", c->Arrears);
  }
  add(t, "}");
}

static void place(struct text *t, const struct ns1__Place *p) {
  raw(t, "place", "{");
  if (p) {
    member(t, "address", p->Address);
    member(t, "district", p->District);
    member(t, "branch", p->Branch);
    member(t, "depot", p->Depot);
    member(t, "book", p->Book);
    number(t, "book_no", p->BookNo);
    member(t, "detail", p->Detail);
    const struct ns1__Coordinate *c = p->Coordinate;
    if (c) {
      raw(t, "point", "{");
      raw(t, "lat", c->Lat);
      raw(t, "lon", c->Lon);
      add(t, "}");
      member(t, "point_source", "source");
      char sent[96];
      snprintf(sent, sizeof sent, "%s,%s (%s)", c->Lon, c->Lat, c->referenceSystem ? c->referenceSystem : "");
      member(t, "point_sent", sent);
    }
  }
  add(t, "}");
}

static void meter(struct text *t, const struct ns1__Meter *m) {
  raw(t, "meter", "{");
  if (m) {
    member(t, "serial", m->Serial);
    number(t, "diameter_mm", m->DiameterMM);
    member(t, "model", m->Model);
    member(t, "maker", m->Maker);
    member(t, "installed_on", m->InstalledOn);
    member(t, "due_on", m->DueOn);
    member(t, "last_reading", m->LastReading);
  }
  add(t, "}");
}

static void report(struct text *t, const struct ns1__Report *r) {
  raw(t, "report", "{");
  if (r) {
    member(t, "category", "leak");
    member(t, "sub_category", "meter_joint");
    member(t, "content", r->Content);
    member(t, "remark", r->Remark);
    seconds(t, "occurred_at", r->OccurredAt);
    member(t, "registered_on", r->RegisteredOn);
    member(t, "registered_by", r->RegisteredBy);
  }
  add(t, "}");
}

void body_write(struct text *t, const struct row *r) {
  const struct ns1__Order *o = r->order;
  add(t, "{");
  member(t, "no", r->no);
  raw(t, "ref", "{");
  member(t, "system", "hotline");
  member(t, "external", o->ExternalRef);
  add(t, "}");
  raw(t, "version", "1");
  member(t, "type", "leak");
  member(t, "family", "repair");
  member(t, "process", "eda0d5e6a49d0225971d6052dd6ad345");
  raw(t, "tokens", "[{");
  member(t, "step", "acceptance");
  instant(t, "since", r->at);
  add(t, "}]");
  member(t, "phase", "acceptance");
  member(t, "channel", "phone");
  member(t, "urgency", "normal");
  customer(t, o->Customer);
  place(t, o->Place);
  meter(t, o->Meter);
  report(t, o->Report);
  raw(t, "appointment", "{}");
  raw(t, "extra", "{");
  for (int i = 0; i < o->__sizeExtra; i++)
    member(t, o->Extra[i].name, o->Extra[i].Value);
  add(t, "}");
  instant(t, "received_at", r->at);
  seconds(t, "source_at", o->SourceAt);
  instant(t, "due_at", r->at + 24 * 3600 * 1000LL);
  raw(t, "limits", "[{");
  member(t, "limit", "finish");
  instant(t, "began", r->at);
  raw(t, "within_s", "86400");
  member(t, "clock", "elapsed");
  instant(t, "due_at", r->at + 24 * 3600 * 1000LL);
  add(t, "},{");
  member(t, "limit", "review");
  member(t, "step", "acceptance");
  instant(t, "began", r->at);
  raw(t, "within_s", "1800");
  member(t, "clock", "elapsed");
  instant(t, "due_at", r->at + 1800 * 1000LL);
  add(t, "}]");
  instant(t, "alarm_at", r->at + 20 * 3600 * 1000LL);
  instant(t, "updated_at", r->at);
  raw(t, "event_sequence", "1");
  add(t, "}");
}
