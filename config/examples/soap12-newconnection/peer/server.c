/* The new-connection system's own service, on gSOAP: code for its messages is generated from its WSDL and checks them
   strictly. What it is told goes into the books, a line each. Started as: server BOOKS; it prints its port. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "soapH.h"
#include "NewConnectionSoap12.nsmap"

static FILE *books;
static char reported[100][16];
static int reports, busy;

static struct t__Ack *ack(struct soap *soap, enum t__AckCode code, char *message) {
	struct t__Ack *a = soap_malloc(soap, sizeof *a);
	soap_default_t__Ack(soap, a);
	a->code = code;
	a->Message = message;
	return a;
}

int __nc__ListApplications(struct soap *soap, struct _nc__ListApplications *in, struct _nc__ListApplicationsResponse *out) {
	static char *numbers[] = {"BZ2026-00101", "BZ2026-00102", "BZ2026-00103"};
	int from = in->Page ? (in->Page->number - 1) * in->Page->size : 0;
	int size = in->Page ? in->Page->size : 3;
	int n = from >= 3 ? 0 : 3 - from < size ? 3 - from : size;
	out->__sizeApplication = n;
	out->Application = soap_malloc(soap, sizeof(struct t__Application) * (n + 1));
	out->more = from + n < 3 ? xsd__boolean__true_ : xsd__boolean__false_;
	for (int i = 0; i < n; i++) {
		struct t__Application *a = out->Application + i;
		soap_default_t__Application(soap, a);
		a->number = numbers[from + i];
		a->kind = t__Kind__BUSINESS;
		a->registered = "2026-05-10T08:30:00+08:00";
		a->Applicant.Name = "\xE6\xA2\xA7\xE6\xA1\x90\xE8\x8C\xB6\xE9\xA6\x86"; /* 梧桐茶馆 */
		a->Site.Address = "\xE6\xA2\xA7\xE6\xA1\x90\xE5\x8C\xBA\xE5\xBC\xA0\xE6\x9D\xA8\xE8\xB7\xAF" "88\xE5\x8F\xB7"; /* 梧桐区张杨路88号 */
		a->Site.__union_Application_Site = SOAP_UNION__t__union_Application_Site_Position;
		a->Site.union_Application_Site.Position.lat = "31.2480";
		a->Site.union_Application_Site.Position.lon = "121.4300";
		a->Meter.caliber = t__Caliber__DN40;
	}
	return SOAP_OK;
}

int __nc__ConfirmApplications(struct soap *soap, struct _nc__ConfirmApplications *in, struct _nc__ConfirmApplicationsResponse *out) {
	for (int i = 0; i < in->__sizeReceipt; i++)
		fprintf(books, "confirmed %s %s\n", in->Receipt[i].application, in->Receipt[i].orderNo);
	out->Ack = ack(soap, t__AckCode__OK, NULL);
	return SOAP_OK;
}

int __nc__ReportStage(struct soap *soap, struct _nc__ReportStage *in, struct _nc__ReportStageResponse *out) {
	fprintf(books, "stage %s %s %s\n", in->application, soap_t__Stage2s(soap, in->stage), in->Remark ? in->Remark : "nil");
	out->Ack = ack(soap, t__AckCode__OK, NULL);
	return SOAP_OK;
}

int __nc__ReportInstallation(struct soap *soap, struct _nc__ReportInstallation *in, struct _nc__ReportInstallationResponse *out) {
	struct t__Report *r = in->Report;
	if (!busy++) { /* the first one comes while the books are closed */
		out->Ack = ack(soap, t__AckCode__BUSY, NULL);
		return SOAP_OK;
	}
	for (int i = 0; i < reports; i++)
		if (!strcmp(reported[i], r->application)) {
			out->Ack = ack(soap, t__AckCode__DUPLICATE, "\xE9\x87\x8D\xE5\xA4\x8D\xE4\xB8\x8A\xE6\x8A\xA5"); /* 重复上报 */
			return SOAP_OK;
		}
	if (reports < 100)
		snprintf(reported[reports++], sizeof reported[0], "%s", r->application);
	fprintf(books, "report %s %s", r->application, soap_t__Outcome2s(soap, r->outcome));
	if (r->__union_Report == SOAP_UNION__t__union_Report_Installed) {
		struct _t__Report_Installed *m = &r->union_Report.Installed;
		fprintf(books, " serial %s caliber %s reading %s seal %s", m->serial, m->caliber ? soap_t__Caliber2s(soap, *m->caliber) : "-", m->Reading, m->Seal ? m->Seal : "nil");
	} else {
		fprintf(books, " reason %s", soap_t__Reason2s(soap, r->union_Report.NotInstalled.reason));
	}
	fprintf(books, " work %s workers %d\n", r->Work ? r->Work : "nil", r->__sizeWorker);
	out->Ack = ack(soap, t__AckCode__OK, NULL);
	return SOAP_OK;
}

/* What it calls itself it does not offer. */
int __nc__RegisterApplication(struct soap *soap, struct _nc__RegisterApplication *in, struct _nc__RegisterApplicationResponse *out) {
	return soap_sender_fault(soap, "not offered here", NULL);
}

int __nc__ChangeApplication(struct soap *soap, struct _nc__ChangeApplication *in, struct _nc__ChangeApplicationResponse *out) {
	return soap_sender_fault(soap, "not offered here", NULL);
}

int main(int argc, char **argv) {
	struct soap *soap = soap_new1(SOAP_XML_STRICT | SOAP_XML_CANONICAL | SOAP_C_UTFSTRING);
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	if (argc != 2 || !(books = fopen(argv[1], "w")))
		return 2;
	setvbuf(books, NULL, _IOLBF, 0);
	soap->bind_flags = SO_REUSEADDR;
	soap->recv_timeout = soap->send_timeout = 10;
	if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 100)) || getsockname(soap->master, (struct sockaddr *)&at, &size)) {
		soap_print_fault(soap, stderr);
		return 1;
	}
	printf("listening on %d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		if (!soap_valid_socket(soap_accept(soap))) {
			soap_print_fault(soap, stderr);
			return 1;
		}
		if (soap_serve(soap))
			soap_print_fault(soap, stderr);
		soap_destroy(soap);
		soap_end(soap);
	}
}
