package peoplesim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"tundish/core"
)

// TestAnApproverLeavesAnOrderThatHasMovedOn: an urgent order is listed while it waits for its
// crew and its review, and assigned before the approver asks what there is to do. What the hub
// offers then is the crew's report, and an approver knows no readings.
func TestAnApproverLeavesAnOrderThatHasMovedOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		version int64 // when the approver asks; it was listed at 2
		step    string
		action  core.Action
		want    string
	}{
		{"still there", 2, "deputy_head", core.ActApprove, `"action":"approve"`},
		{"with a crew meanwhile", 3, "field", core.ActDone, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			var posted strings.Builder
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost:
					raw, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					posted.Write(raw)
					mu.Unlock()
					_, _ = w.Write([]byte(`{}`))
				case strings.HasSuffix(r.URL.Path, "/allowed"):
					fmt.Fprintf(w, `{"version":%d,"allowed":[{"action":%q,"step":%q,"form":[{"path":"completion.old_final_reading","type":"reading","required":true}]}]}`, c.version, c.action, c.step)
				case r.URL.Query().Get("phase") == string(core.Dispatching):
					_ = json.NewEncoder(w).Encode(map[string]any{"orders": []core.WorkOrder{{
						No: "W26-0000001-0", Version: 2, Type: "faulty_replacement", Family: core.Replacement, Urgency: core.Urgent, Phase: core.Dispatching,
						Tokens: []core.Token{{Step: "dispatch"}, {Step: "acceptance", Duty: true}},
					}}})
				default:
					_, _ = w.Write([]byte(`{}`))
				}
			}))
			defer srv.Close()
			if err := people(t, srv.URL).steps(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := posted.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("the approver said %q, want %q", got, c.want)
			}
		})
	}
}
