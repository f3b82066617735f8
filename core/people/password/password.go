// Package password hashes and checks passwords with argon2id, and says which are good enough.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"tundish/core"
)

// What a new hash costs: 19 MiB and two passes, some 30 ms of one processor. A stored hash names its
// own costs, so that these may be raised later.
const (
	memoryKiB = 19 * 1024
	passes    = 2
	lanes     = 1
	saltBytes = 16
	keyBytes  = 32
)

// Bounds of a password, in characters.
const (
	MinLength = 10
	MaxLength = 200
)

// Hash is the PHC form of a password's argon2id hash under a fresh salt.
func Hash(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// nobodys is checked where there is no hash, so that the answer takes as long.
var nobodys = Hash("the password of nobody")

// Matches tells whether the password belongs to the hash. An empty hash, or one that cannot be read, belongs to none;
// it takes as long to say so.
func Matches(hash, password string) bool {
	salt, key, m, t, p, ok := parse(hash)
	if !ok {
		salt, key, m, t, p, _ = parse(nobodys)
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1 && ok
}

func parse(hash string) (salt, key []byte, m, t uint32, p uint8, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, 0, 0, 0, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m < 8 || m > 1<<20 || t < 1 || t > 100 || p < 1 {
		return nil, nil, 0, 0, 0, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	return salt, key, m, t, p, err1 == nil && err2 == nil && len(salt) >= 8 && len(key) >= 16
}

// Check refuses a password that is too easily guessed: shorter than [MinLength], or, below sixteen
// characters, of fewer than three kinds; or one that holds the user's name.
func Check(password, user string) error {
	n := utf8.RuneCountInString(password)
	kinds := map[int]bool{}
	first, same := rune(0), true
	for i, r := range password {
		switch {
		case unicode.IsUpper(r):
			kinds[0] = true
		case unicode.IsLower(r):
			kinds[1] = true
		case unicode.IsDigit(r):
			kinds[2] = true
		default:
			kinds[3] = true
		}
		if i == 0 {
			first = r
		}
		same = same && r == first
	}
	switch {
	case !utf8.ValidString(password) || n > MaxLength:
		return core.Invalidf("password", "password", "a password has at most %d characters", "密码最长 %d 个字符", MaxLength)
	case n < MinLength || same || n < 16 && len(kinds) < 3:
		return core.Invalidf("password", "password", "a password has at least %d characters, of three kinds out of capitals, small letters, digits and others; from 16 on the kinds do not matter",
			"密码至少 %d 个字符，含大写、小写、数字、其他字符中的三种；16 个字符以上不限种类", MinLength)
	case user != "" && strings.Contains(strings.ToLower(password), strings.ToLower(user)):
		return core.Fail(core.Invalid, "password", "password", "a password must not hold the user's name", "密码不得包含用户名")
	}
	return nil
}

// Random is a password for its first use: 20 characters without those that look alike.
func Random() string {
	const letters = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"
	b := make([]byte, 0, 20)
	var one [1]byte
	for len(b) < 20 {
		_, _ = rand.Read(one[:])
		if int(one[0]) < 256/len(letters)*len(letters) { // each as likely
			b = append(b, letters[int(one[0])%len(letters)])
		}
	}
	return string(b)
}
