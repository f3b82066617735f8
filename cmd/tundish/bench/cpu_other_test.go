//go:build !unix

package bench

import "time"

// cpu is not known here; the column shows 0.
func cpu() time.Duration { return 0 }
