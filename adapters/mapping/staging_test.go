package mapping

import (
	"slices"
	"testing"
	"testing/fstest"

	"tundish/config/lang"
)

const wrongStaging = `mapping: hot
files:
  a: {folder: in, pattern: ../*.csv, order: {ref: BH, type: {value: leak}}}
  b: {folder: in, charset: GB2313, separator: ";;", order: {reff: BH, type: LX}}
  c: {folder: in}
tables:
  a: {dsn_env: X, select: "SELECT 1 WHERE @after < @limit", key: [id], order: {ref: BH, type: {value: leak}}}
  d: {dsn_env: X, dsn_file: y, select: "SELECT TOP (@limt) * FROM t -- @after", key: [id], order: {ref: BH, type: {value: leak}}}
  e: {dsn_env: X}
  f: {dsn_env: X, done: "UPDATE t", tell: {reslt: {statement: x, values: {a: order.no}}, result: {statement: "UPDATE t SET a = @a, b = @b WHERE c = '@c'", values: {a: order.nr, d: order.no}}}}
  g: {dsn_env: X, select: "SELECT @after, @limit", key: [a, b], order: {ref: BH, type: {value: leak}}, tell: {result: {statement: "@a", values: {a: order.no}}}}
  h: {dsn_env: X, select: "SELECT @after, @limit"}
  i: {dsn_env: X, tell: {status: {statement: "@a @b", values: {a: {secret: ticket}, b: {document: {root: R, fields: {"@key": {secret: ticket}}}}}}}}
`

func TestMistakesOfFilesAndTablesAreToldWithTheirPlaces(t *testing.T) {
	for _, l := range []lang.Lang{lang.English, lang.Chinese} {
		var p lang.Problems
		Load(fstest.MapFS{"hot.yaml": {Data: []byte(wrongStaging)}}, "hot.yaml", Surroundings{Zone: shanghai, Types: []string{"leak"}}, &p)
		golden(t, "staging."+string(l)+".golden", p.In(l))
	}
}

func TestParametersAreFoundOutsideOfTextsOnly(t *testing.T) {
	for statement, want := range map[string][]string{
		"SELECT TOP (@limit) * FROM t WHERE id > @after AND x = '@no' -- @not\n AND @after > 1": {"limit", "after"},
		"SELECT [@a], \"@b\", /* @c */ @@ROWCOUNT, 'it''s @d', @编号":                             {"编号"},
		"DECLARE @n INT = 3; SELECT @n + @m":                                                    {"m"},
		"SELECT 'open @x":                                                                       nil,
		"a@b.example @ @@ @1":                                                                   {"b", "1"},
	} {
		if got := Parameters(statement); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
}

func FuzzParameters(f *testing.F) {
	f.Add("SELECT @a -- '")
	f.Fuzz(func(t *testing.T, statement string) {
		for _, name := range Parameters(statement) {
			if name == "" || nameLength(name) != len(name) {
				t.Errorf("%q", name)
			}
		}
	})
}
