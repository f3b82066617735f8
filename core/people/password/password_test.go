package password_test

import (
	"strings"
	"testing"

	"tundish/core/people/password"
)

func TestAPasswordBelongsToItsHashOnly(t *testing.T) {
	a, b := password.Hash("correct Horse 7"), password.Hash("correct Horse 7")
	if a == b || !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") || len(a) > 200 {
		t.Fatalf("hashes %s, %s", a, b)
	}
	for _, c := range []struct {
		hash, password string
		want           bool
	}{
		{a, "correct Horse 7", true}, {b, "correct Horse 7", true}, {a, "correct horse 7", false}, {a, "", false}, {"", "", false}, {"", "the password of nobody", false},
		{strings.Replace(a, "argon2id", "argon2i", 1), "correct Horse 7", false}, {strings.Replace(a, "t=2", "t=0", 1), "correct Horse 7", false},
		{strings.Replace(a, "m=19456", "m=19457", 1), "correct Horse 7", false}, {"$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA", "x", false},
		// A hash of other costs, by the argon2 command: made earlier, or raised later.
		{"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password", true},
	} {
		if got := password.Matches(c.hash, c.password); got != c.want {
			t.Errorf("%q belongs to %s: %v", c.password, c.hash, got)
		}
	}
}

func TestEasyPasswordsAreRefused(t *testing.T) {
	for p, ok := range map[string]bool{
		"": false, "Short 1x": false, "alllowercaseletter": true, "alllowercase": false, "lowercase123": false, "Lowercase123": true, "low case 123": true, "aaaaaaaaaaaaaaaaaaaa": false,
		"中文密码也可以Ab1": true, "Li.si-20260511": false, strings.Repeat("ab", 101): false, "ab\xffcdefghijklmnopq": false,
	} {
		if err := password.Check(p, "li.si"); (err == nil) != ok {
			t.Errorf("%q: %v", p, err)
		}
	}
	for range 100 {
		if p := password.Random(); len(p) != 20 || password.Check(p, "li.si") != nil {
			t.Fatalf("%q was made up", p)
		}
	}
}
