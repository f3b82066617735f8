package sqlserver

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// What a connection has unless the DSN says otherwise; the driver's README explains the
// parameters. A statement's own time runs on its context, so that the driver's
// "connection timeout", which would cut every long answer, stays off.
var connectionDefaults = map[string]string{
	"app name":     "tundish", // what the administrator sees in sys.dm_exec_sessions
	"dial timeout": "10",      // seconds
	"keepalive":    "30",      // seconds between probes of an idle connection
	// Larger packets than the driver's 4096: a body of some kilobytes, a page in bulk copy.
	// The server takes its own limit if that is smaller; under encryption 16,383 is the most.
	"packet size": "16383",
}

// withDefaults adds the parameters that a DSN leaves open.
func withDefaults(u *url.URL) *url.URL {
	given := map[string]bool{}
	q := u.Query()
	for k := range q {
		given[strings.ToLower(k)] = true // the driver knows them in any case
	}
	for _, k := range slices.Sorted(maps.Keys(connectionDefaults)) {
		if !given[k] {
			q.Set(k, connectionDefaults[k])
		}
	}
	out := *u
	out.RawQuery = q.Encode()
	return &out
}
