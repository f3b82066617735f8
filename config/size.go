package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tundish/config/lang"
)

// Size is a number of bytes, written "512KiB", "8MiB" or as plain digits.
type Size int64

// mostAttached is the largest file that settings may let in.
const mostAttached Size = 32 << 20

var tooLarge = lang.NewMessage("bounds", "%v is more than a file may have; write %v or less", "%v 超过附件上限；请写 %v 或更小")

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}, {"", 1}}

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	for _, u := range sizeUnits {
		digits, found := strings.CutSuffix(string(text), u.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/u.bytes {
			break
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return bilingual{"write a number above 0 and a unit, such as 512KiB or 8MiB", "请写大于 0 的数字和单位，例如 512KiB、8MiB"}
}

// String writes the size in the largest unit that takes it whole.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.name)
		}
	}
	return "0B"
}
