package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/config"
	"tundish/config/ordertype"
)

func TestAWrittenTreeIsTheShippedOneWithItsChanges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "config")
	schemas := config.Schemas()
	schemas[ordertype.SchemaName] = ordertype.Schema()
	changes := []config.Change{
		{File: "tundish.yaml", Key: "listen.address", Text: "127.0.0.1:38080"},
		{File: "tundish.yaml", Key: "store.dsn", Text: "sqlite:///a b/水务#1.db"},
		{File: "tundish.yaml", Key: "lang", Text: "zh-CN"},
		{File: "tundish.yaml", Key: "dispatch.batch.2", Text: "0 0,15 * * *"},
		{File: "tundish.yaml", Key: "listen.idle", Text: "5m"},
		{File: "tundish.yaml", Key: "clock.origin", Text: "2026-05-11T05:00:00+08:00"},
		{File: "tundish.yaml", Key: "clock.speed", Text: "600"},
		{File: "tundish.yaml", Key: "service_area.centre.lat", Text: "31.2"},
		{File: "systems/billing.yaml", Key: "url", Text: "http://127.0.0.1:39102/soap/billing?a=b"},
		{File: "systems/billing.yaml", Key: "write_back.backoff", Text: "50ms"},
		{File: "systems/billing.yaml", Key: "limits.body", Text: "1MiB"},
		{File: "systems/gis.yaml", Key: "coordinates", Text: "GCJ02"},
	}
	for range 2 { // the second time over the first
		path, err := config.WriteTree(dir, schemas, changes...)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := config.Open(path, nil, checks(nil))
		if err != nil {
			t.Fatal(err)
		}
		c, b := tr.Config, tr.System("billing")
		for what, pair := range map[string][2]any{
			"address": {c.Listen.Address.V, "127.0.0.1:38080"}, "dsn": {c.Store.DSN.V, "sqlite:///a b/水务#1.db"}, "lang": {string(c.Lang), "zh-CN"},
			"idle": {c.Listen.Idle.String(), "5m0s"}, "speed": {c.Clock.Speed.V, 600.0}, "centre": {c.ServiceArea.Centre.Lat.V, 31.2}, "centre, other": {c.ServiceArea.Centre.Lon.V, 121.48},
			"third batch": {c.Dispatch.Batch[2].V, "0 0,15 * * *"}, "batches": {len(c.Dispatch.Batch), 3}, "url": {b.URL.V, "http://127.0.0.1:39102/soap/billing?a=b"}, "backoff": {b.WriteBack.Backoff.String(), "50ms"}, "beside it": {b.WriteBack.Concurrency, 16},
			"body": {b.Limits.Body, config.Size(1 << 20)}, "coordinates": {tr.System("gis").Coordinates, "GCJ02"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
			}
		}
	}
	for _, name := range []string{"tundish.yaml", "systems/gis.yaml", "order-types/burst.yaml"} {
		name = filepath.Join(dir, name)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), strings.TrimPrefix(first, "# yaml-language-server: $schema="))); err != nil {
			t.Errorf("%s begins with %q: %v", name, first, err)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "systems/gis.yaml")); err != nil || !strings.Contains(string(data), "coordinates: GCJ02 # within a metre of WGS 84\n") {
		t.Errorf("the comment is gone: %v\n%s", err, data)
	}
}

func TestAChangeThatCannotBeMadeIsRefused(t *testing.T) {
	for _, c := range []config.Change{
		{File: "systems/none.yaml", Key: "url", Text: "x"},
		{File: "tundish.yaml", Key: "listen", Text: "x"},
		{File: "tundish.yaml", Key: "service_area.centre.height", Text: "1"},
		{File: "tundish.yaml", Key: "zone.name", Text: "x"},
		{File: "tundish.yaml", Key: "dispatch.batch.7", Text: "0 0 * * *"},
	} {
		if _, err := config.WriteTree(t.TempDir(), nil, c); err == nil || !strings.Contains(err.Error(), c.File) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
