package core

import "time"

// Direction of a logged message, seen from the hub.
type Direction string

const (
	Inbound  Direction = "in"
	Outbound Direction = "out"
)

// Results of a message that was answered without a fault.
const (
	ResultOK     = "ok"     // all of it was taken
	ResultPartly = "partly" // of several orders some were refused; Detail says why the first was
)

// LoggedMessage is a message as it was on the wire, credentials cut out.
type LoggedMessage struct {
	ID        string    `json:"id"` // correlation id
	System    SystemID  `json:"system"`
	Direction Direction `json:"direction"`
	Operation string    `json:"operation"`
	// External and Order are the numbers by which people look for it.
	External string        `json:"external,omitempty"`
	Order    OrderNo       `json:"order,omitempty"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	// Result is [ResultOK], [ResultPartly], or the code of the fault.
	Result  string `json:"result"`
	Detail  string `json:"detail,omitempty"`
	Charset string `json:"charset,omitempty"`
	// Bundle is the version of the system's files that handled it; "" if none was published.
	Bundle   string `json:"bundle,omitempty"`
	Request  []byte `json:"request,omitempty"`
	Response []byte `json:"response,omitempty"`
}

// Blob is the content of an attachment, stored once under its digest.
type Blob struct {
	SHA256      string // hex
	ContentType string
	Bytes       []byte
}
