package config_test

import (
	"strings"
	"testing"

	"tundish/config"
)

// A partner that cannot be asked is refused where it is named, with those that can.
func TestAPartnerCanBeAsked(t *testing.T) {
	for _, c := range []struct{ key, system, want string }{
		{"customers_from", "billing", ""},
		{"customers_from", "hotline", "only the contract billing has GetCustomer"},
		{"customers_from", "gis", `expected one of "billing"`},
		{"customers_from", "biling", "there is no system"},
		{"locate", "gis", ""},
		{"locate", "newconnection", `expected one of "gis"`},
	} {
		_, err := config.Open(tree(t, config.Change{File: config.SettingsFile, Key: "partners." + c.key, Text: c.system}), nil, checks(nil))
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		if want := c.want; (want == "") != (got == "") || !strings.Contains(got, want) || want != "" && !strings.Contains(got, "partners."+c.key) {
			t.Errorf("%s: %s: %q; want %q", c.key, c.system, got, want)
		}
	}
}

func TestAnAttachmentHasAnEnd(t *testing.T) {
	for size, good := range map[string]bool{"32MiB": true, "33MiB": false} {
		_, err := config.Open(tree(t, config.Change{File: config.SettingsFile, Key: "attachments.size", Text: size}), nil, checks(nil))
		if good != (err == nil) || !good && !strings.Contains(err.Error(), "attachments.size: 33MiB is more") {
			t.Errorf("%s: %v", size, err)
		}
	}
}
