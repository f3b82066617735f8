package soap

import (
	"strings"
	"testing"
)

// Every message that is kept is looked through for credentials.
func BenchmarkRedact(b *testing.B) {
	message := []byte("<e:Envelope><e:Body><q:SubmitOrder>" + strings.Repeat("<q:ExternalRef kind=\"a\">RX0000000001</q:ExternalRef><q:Content>路面冒水</q:Content>", 24) + "</q:SubmitOrder></e:Body></e:Envelope>")
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		Redact(message)
	}
}
