package mapping

import (
	"strings"
	"testing"
	"time"

	"tundish/config/lang"
)

// A rule that looks where the contract has nothing would never fit: every result would be
// refused, or nothing be noticed.
func TestPathsIntoAnAnswerAreHeldAgainstTheContract(t *testing.T) {
	service := newConnection(t).Service
	compiled := func(answer string) string {
		t.Helper()
		var p lang.Problems
		var c Call
		lang.Decode(&p, "call.yaml", []byte("operation: ConfirmApplications\nrequest:\n  ConfirmApplications/Receipt/@application: order.ref\n  ConfirmApplications/Receipt/@orderNo: order.no\nanswer:\n  "+answer+"\n"), &c)
		Compile(&c, service, Surroundings{Zone: time.UTC}, &p)
		if err := p.Err(); err != nil {
			return p.In(lang.English)
		}
		return ""
	}
	for answer, says := range map[string][]string{
		"done: [{path: ConfirmApplicationsResponse/Ack/@code, in: [OK]}]":              nil,
		"message: '*/Ack/Message'":                                                     nil,
		"done: [{path: ConfirmApplicationsResponse/Ack/@kode, in: [OK]}]":              {"call.yaml:6:", `<Ack> has no "@kode"`, `did you mean "@code"`},
		"later: [{path: ConfirmApplicationResponse/Ack/@code, in: [BUSY]}]":            {"ConfirmApplicationsResponse"},
		"code: '*/Ack/@code/text'":                                                     {"an attribute is the end of a path"},
		"message: ConfirmApplicationsResponse/Ack/Massage":                             {"call.yaml:6:", `<Ack> has no "Massage"`, `did you mean "Message"`},
		"document: ConfirmApplicationsResponse/Akc\n  done: [{path: R/CODE, in: [1]}]": {`has no "Akc"`},
	} {
		t.Run(answer, func(t *testing.T) {
			said := compiled(answer)
			if len(says) == 0 && said != "" {
				t.Error(said)
			}
			for _, want := range says {
				if !strings.Contains(said, want) {
					t.Errorf("%s\nis said instead of %q", said, want)
				}
			}
		})
	}
}
