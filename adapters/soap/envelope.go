package soap

import (
	"net/http"

	"tundish/core"
	"tundish/wsdl/xml"
)

// incoming is what the envelope of a request says besides its Body.
type incoming struct {
	version       Version
	addressing    string // namespace of its WS-Addressing headers, "" without any
	messageID     string
	action        string // wsa:Action
	replyTo       string // "" or anonymous: on this connection
	faultTo       string
	notUnderstood []xml.Name
	token         token
	headers       map[headerName][]byte
}

// maxID is the longest MessageID taken, in bytes: it is logged, stored and echoed. One
// longer than maxCorrelation, which is what contracts have room for, is no correlation id.
const (
	maxID          = 255
	maxCorrelation = 64
)

// openEnvelope reads as far as the Start of the Body.
func (e *Endpoint) openEnvelope(r *xml.Reader, in *incoming) error {
	kind, err := r.Next()
	for ; err == nil && kind != xml.Start; kind, err = r.Next() {
	}
	if err != nil {
		return err
	}
	name := r.Name()
	if name.Local != "Envelope" {
		return refuse("malformed", "", "the message is <%s>, not a SOAP Envelope", "报文根元素为 <%s>，应为 SOAP Envelope", name.Local)
	}
	version, ok := versionOf(name.Space)
	if !ok {
		in.version = SOAP11 // the answer that both understand [SOAP 1.2, appendix A]
		f := refuse("version_mismatch", "", "the Envelope's namespace is %q; send %s (SOAP 1.1) or %s (SOAP 1.2)",
			"Envelope 的命名空间为 %q，应为 %s（SOAP 1.1）或 %s（SOAP 1.2）", name.Space, Envelope11, Envelope12).about(xml.Name{})
		f.Code = CodeVersionMismatch
		return f
	}
	in.version = version
	if err := e.nextPart(r, version, "Header", "Body"); err != nil {
		return err
	}
	if r.Name().Local == "Header" {
		if err := e.readHeader(r, in); err != nil {
			return err
		}
		return e.nextPart(r, version, "Body", "")
	}
	return nil
}

// nextPart moves to the next child of the Envelope, which must be one of the two.
func (e *Endpoint) nextPart(r *xml.Reader, v Version, one, other string) error {
	more, err := r.NextChild()
	if err != nil {
		return err
	}
	if !more {
		return refuse("malformed", "", "the Envelope has no Body", "Envelope 缺少 Body")
	}
	if n := r.Name(); n.Space != v.Space() || n.Local != one && n.Local != other {
		return refuse("malformed", "", "<%s> in the Envelope where the %s is due", "Envelope 中 <%s> 的位置应为 %s", n.String(), one)
	}
	return nil
}

// closeEnvelope reads from the End of the Body to the end of the document.
func closeEnvelope(r *xml.Reader) error {
	more, err := r.NextChild()
	if err != nil {
		return err
	}
	if more {
		return refuse("malformed", "", "<%s> after the Body; nothing may follow it", "Body 之后出现 <%s>，Body 之后不得有内容", r.Name().Local)
	}
	return r.Finish()
}

// readHeader reads the Header through its End.
func (e *Endpoint) readHeader(r *xml.Reader, in *incoming) error {
	for {
		more, err := r.NextChild()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if !in.version.forUs(r) {
			err = r.Skip()
		} else {
			err = e.readBlock(r, in)
		}
		if err != nil {
			return err
		}
	}
	if len(in.notUnderstood) > 0 {
		f := refuse("must_understand", in.notUnderstood[0].Local, "the header %s says mustUnderstand, but it means nothing to this endpoint",
			"报文头 %s 标有 mustUnderstand，但本端点不支持", in.notUnderstood[0].String()).about(xml.Name{})
		f.Code = CodeMustUnderstand
		f.notUnderstood = in.notUnderstood
		return f
	}
	return nil
}

func (e *Endpoint) readBlock(r *xml.Reader, in *incoming) error {
	name := r.Name()
	must := in.version.mandatory(r)
	switch name.Space {
	case addressing10, addressing04:
		return in.readAddressing(r, name)
	case securitySpace:
		if name.Local == "Security" {
			return in.readSecurity(r, must)
		}
	}
	if e.wanted[name] {
		key := headerName{name.Space, name.Local}
		if in.headers[key] != nil {
			return refuse("malformed", name.Local, "the header %s occurs twice", "报文头 %s 重复出现", name.String())
		}
		w := xml.NewWriter()
		if err := r.Capture(w); err != nil {
			return err
		}
		if in.headers == nil {
			in.headers = make(map[headerName][]byte)
		}
		in.headers[key] = w.Bytes()
		return nil
	}
	if must {
		in.notUnderstood = append(in.notUnderstood, name)
	}
	return r.Skip()
}

// readAddressing reads a header of WS-Addressing.
func (in *incoming) readAddressing(r *xml.Reader, name xml.Name) error {
	in.addressing = name.Space
	var to *string
	switch name.Local {
	case "MessageID":
		to = &in.messageID
	case "Action":
		to = &in.action
	case "ReplyTo", "FaultTo":
		to = &in.replyTo
		if name.Local == "FaultTo" {
			to = &in.faultTo
		}
		if *to != "" {
			return headerTwice(name)
		}
		address, err := endpointReference(r, name.Space)
		*to = address
		return err
	default: // To, From, RelatesTo: nothing here depends on them
		return r.Skip()
	}
	if *to != "" {
		return headerTwice(name)
	}
	text, err := r.ElementText()
	if err != nil {
		return err
	}
	*to = string(trim(text))
	if len(*to) > maxID && name.Local == "MessageID" {
		return refuse("message_id", "MessageID", "wsa:MessageID has %d bytes; it may have %d", "wsa:MessageID 长 %d 字节，最多 %d 字节", len(*to), maxID).
			about(xml.Name{Space: name.Space, Local: "InvalidAddressingHeader"})
	}
	return nil
}

func headerTwice(name xml.Name) error {
	return refuse("malformed", name.Local, "the header wsa:%s occurs twice", "报文头 wsa:%s 重复出现", name.Local).
		about(xml.Name{Space: name.Space, Local: "InvalidAddressingHeader"})
}

// endpointReference reads the Address of a ReplyTo or FaultTo.
func endpointReference(r *xml.Reader, space string) (address string, err error) {
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return address, err
		}
		if r.Name() != (xml.Name{Space: space, Local: "Address"}) {
			if err := r.Skip(); err != nil {
				return "", err
			}
			continue
		}
		text, err := r.ElementText()
		if err != nil {
			return "", err
		}
		address = string(trim(text))
	}
}

// readSecurity reads a wsse:Security header. Tokens other than UsernameToken and Timestamp
// are passed over, unless the header must be understood.
func (in *incoming) readSecurity(r *xml.Reader, must bool) error {
	if in.token.present {
		return deny("malformed", "Security", "two Security headers with a UsernameToken", "出现两个带 UsernameToken 的 Security 报文头").about(xml.Name{Space: securitySpace, Local: "InvalidSecurity"})
	}
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		name := r.Name()
		switch {
		case name.Space == securitySpace && name.Local == "UsernameToken" && !in.token.present:
			in.token.present = true
			err = eachText(r, in.token.take)
		case name.Space == utilitySpace && name.Local == "Timestamp":
			err = eachText(r, func(name xml.Name, _ *xml.Reader) *string {
				if name.Local == "Expires" {
					return &in.token.expires
				}
				return nil
			})
		default:
			if must {
				return deny("authentication", name.Local, "the Security header holds <%s>; UsernameToken and Timestamp are understood",
					"Security 报文头中的 <%s> 不受支持，仅支持 UsernameToken 和 Timestamp", name.Local).about(xml.Name{Space: securitySpace, Local: "UnsupportedSecurityToken"})
			}
			err = r.Skip()
		}
		if err != nil {
			return err
		}
	}
}

func (t *token) take(name xml.Name, r *xml.Reader) *string {
	switch name {
	case xml.Name{Space: securitySpace, Local: "Username"}:
		return &t.user
	case xml.Name{Space: securitySpace, Local: "Password"}:
		t.kind, _ = r.Attr("", "Type")
		return &t.password
	case xml.Name{Space: securitySpace, Local: "Nonce"}:
		return &t.nonce
	case xml.Name{Space: utilitySpace, Local: "Created"}:
		return &t.creat
	}
	return nil
}

// eachText reads the children of the current element, the text of each into the place
// that want names for it, and skips those without one.
func eachText(r *xml.Reader, want func(xml.Name, *xml.Reader) *string) error {
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		to := want(r.Name(), r)
		if to == nil {
			if err := r.Skip(); err != nil {
				return err
			}
			continue
		}
		text, err := r.ElementText()
		if err != nil {
			return err
		}
		if r.Name().Local != "Password" { // in a password blanks count
			text = trim(text)
		}
		*to = string(text)
	}
}

// trim cuts XML's white space from both ends.
func trim(b []byte) []byte {
	space := func(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
	for len(b) > 0 && space(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && space(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// choose finds the operation that a message asks for. name is the first element of its
// Body, zero for an empty Body. The action only breaks a tie.
func (e *Endpoint) choose(name xml.Name, action string) (Operation, *Fault) {
	ops := e.byRequest[name]
	if len(ops) == 0 && name.Space == "" && name.Local != "" {
		// Callers that leave the namespace out (old PHP) mean the contract's.
		ops = e.byLocal[name.Local]
	} else if len(ops) == 0 {
		ops = e.byRequest[xml.Name{Local: name.Local}] // of a contract that names no namespace, it may be any
	}
	switch {
	case len(ops) == 1:
		return ops[0], nil
	case len(ops) > 1:
		for _, op := range ops {
			if op.Action == action {
				return op, nil
			}
		}
		return Operation{}, refuse("unknown_operation", "SOAPAction", "SOAPAction is %q; for <%s> it must be one of %s",
			"SOAPAction 为 %q；对于 <%s> 应为 %s 之一", action, name.Local, quotedActions(ops))
	case name == xml.Name{}:
		return Operation{}, refuse("empty_body", "", "the Body is empty; it must hold one operation", "Body 为空，应包含一个操作")
	}
	for _, op := range e.ops {
		if op.Request.Local == name.Local {
			return Operation{}, refuse("unknown_operation", name.Local, "<%s> is in the namespace %q; this endpoint takes it in %q",
				"<%s> 的命名空间为 %q，本端点要求 %q", name.Local, name.Space, op.Request.Space)
		}
	}
	return Operation{}, refuse("unknown_operation", name.Local, "no operation is asked for by <%s>; this endpoint has %s",
		"没有以 <%s> 请求的操作，本端点提供 %s", name.Local, e.operationNames())
}

// openRefusal is the fault for a path that no endpoint serves.
func openRefusal() *Fault {
	f := refuse("unknown_system", "", "no system is served at this address", "该地址没有提供服务的系统").about(xml.Name{}).with(http.StatusNotFound)
	f.Err.(*core.Error).Kind = core.NotFound
	return f
}
