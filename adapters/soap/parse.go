package soap

import (
	"errors"
	"net/http"
	"strings"

	"tundish/core"
	"tundish/wsdl/xml"
)

// BodyUnmarshaler is a response that reads a Body which one element cannot stand for:
// an empty one, or one with multiRef elements beside the first.
type BodyUnmarshaler interface {
	// UnmarshalBody takes the place of UnmarshalXML. r stands at the Start of the first
	// element in the Body, or is nil when the Body is empty. It consumes everything through
	// the End of the Body.
	UnmarshalBody(r *xml.Reader) error
}

// parse reads the answer in the reader. A fault is known by the Body, whatever the status.
func (t *trip) parse(resp *http.Response, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	version, more, err := openAnswer(t.reader)
	if err != nil {
		return t.unread(resp, "the answer is no SOAP message", err)
	}
	r := t.reader
	if more && r.Name() == (xml.Name{Space: version.Space(), Local: "Fault"}) {
		f, err := readFault(r, version)
		if err == nil {
			err = r.Finish()
		}
		if err != nil {
			return t.unread(resp, "the answer is a fault that cannot be read", err)
		}
		t.settle(f, faults)
		return f
	}
	if resp.StatusCode >= 300 {
		return t.unread(resp, "the answer is a SOAP message without a fault", nil)
	}
	if err := readAnswer(r, more, response); err != nil {
		if len(t.body) >= head && xml.IsKind(err, xml.Source) {
			return t.unread(resp, "the answer broke off", err)
		}
		return t.unread(resp, "the answer cannot be read", err)
	}
	return nil
}

// openAnswer reads as far as the first element in the Body; more is false if it is empty.
// What stands in the Header is nobody's concern.
func openAnswer(r *xml.Reader) (version Version, more bool, err error) {
	kind, err := r.Next()
	for ; err == nil && kind != xml.Start; kind, err = r.Next() {
	}
	if err != nil {
		return version, false, err
	}
	version, ok := versionOf(r.Name().Space)
	if !ok || r.Name().Local != "Envelope" {
		return version, false, r.Errorf("the root element is <%s>, not a SOAP Envelope", r.Name())
	}
	for {
		more, err := r.NextChild()
		switch {
		case err != nil:
			return version, false, err
		case !more:
			return version, false, r.Errorf("the Envelope has no Body")
		case r.Name() == xml.Name{Space: version.Space(), Local: "Body"}:
			more, err = r.NextChild()
			return version, more, err
		}
		if err := r.Skip(); err != nil {
			return version, false, err
		}
	}
}

// readAnswer reads the answer proper and the rest of the document: an answer that breaks
// off behind its Body is no answer.
func readAnswer(r *xml.Reader, more bool, response xml.Unmarshaler) error {
	if b, ok := response.(BodyUnmarshaler); ok {
		if !more {
			r2 := (*xml.Reader)(nil)
			if err := b.UnmarshalBody(r2); err != nil {
				return err
			}
		} else if err := b.UnmarshalBody(r); err != nil {
			return err
		}
		return r.Finish()
	}
	switch {
	case response == nil:
	case !more:
		return r.Errorf("the Body is empty")
	default:
		if err := response.UnmarshalXML(r); err != nil {
			return err
		}
	}
	return r.Finish()
}

// settle gives f its kind, and its typed detail if the contract declares it.
func (t *trip) settle(f *Fault, faults map[xml.Name]func() xml.Unmarshaler) {
	f.received = true
	f.String = t.c.Conceal(f.String)
	if detail := f.RawDetail; detail != nil {
		f.Detail = typedDetail(detail, faults)
	}
	kind := sortFault(f)
	if t.c.o.Kind != nil {
		kind = t.c.o.Kind(f)
	}
	f.Err = &core.Error{Kind: kind, Code: "fault", Message: f.String}
}

// typedDetail decodes the first element in a detail that faults knows. One that breaks the
// contract is left raw: the fault remains one.
func typedDetail(detail []byte, faults map[xml.Name]func() xml.Unmarshaler) any {
	r := xml.NewReaderBytes(detail, xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil
	}
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return nil
		}
		factory := faults[r.Name()]
		if factory == nil {
			if r.Skip() != nil {
				return nil
			}
			continue
		}
		value := factory()
		if value.UnmarshalXML(r) != nil {
			return nil
		}
		return value
	}
}

// readFault reads a Fault through its End. Its children come in any order, and in SOAP 1.1
// also in the envelope's namespace, which is wrong and common.
func readFault(r *xml.Reader, v Version) (*Fault, error) {
	f := new(Fault)
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return f, err
		}
		switch r.Name().Local {
		case "faultcode":
			err = f.readCode(r)
		case "faultstring":
			err = textInto(r, &f.String)
		case "faultactor", "Role", "Node":
			err = textInto(r, &f.Actor)
		case "detail", "Detail":
			w := xml.NewWriter()
			err = r.Capture(w)
			f.RawDetail = w.Bytes()
		case "Code":
			err = f.readCodes(r)
		case "Reason":
			err = f.readReason(r)
		default:
			err = r.Skip()
		}
		if err != nil {
			return f, err
		}
	}
}

// readCode reads a QName such as soap:Client, or what targets put in its place.
func (f *Fault) readCode(r *xml.Reader) error {
	// The prefix is declared on this element or outside of it: the text has no say.
	scope := map[string]string{}
	for prefix, space := range r.Namespaces() {
		scope[prefix] = space
	}
	var text string
	if err := textInto(r, &text); err != nil {
		return err
	}
	prefix, local, qualified := strings.Cut(text, ":")
	if !qualified {
		prefix, local = "", text
	}
	space := scope[prefix]
	code := Code(local)
	switch local {
	case "Sender":
		code = CodeClient
	case "Receiver":
		code = CodeServer
	}
	_, envelope := versionOf(space)
	class, _, narrowed := strings.Cut(local, ".") // "Client.Authentication" narrows in 1.1
	switch {
	case qualified && !envelope && space != "":
		f.Subcode = xml.Name{Space: space, Local: local}
	case code == CodeClient, code == CodeServer, code == CodeVersionMismatch, code == CodeMustUnderstand:
		f.Code = code // also where the namespace was forgotten
	case narrowed && (class == string(CodeClient) || class == string(CodeServer)):
		f.Code, f.Subcode = Code(class), xml.Name{Local: local}
	default:
		f.Subcode = xml.Name{Local: text}
	}
	return nil
}

// readCodes reads the Code of 1.2: a Value and perhaps Subcodes, the innermost of which
// says most.
func (f *Fault) readCodes(r *xml.Reader) error {
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		switch r.Name().Local {
		case "Value":
			code := f.Code
			if err = f.readCode(r); code != "" {
				f.Code = code
			}
		case "Subcode":
			err = f.readCodes(r)
		default:
			err = r.Skip()
		}
		if err != nil {
			return err
		}
	}
}

// readReason takes the first Text, or a later one in a language of ours.
func (f *Fault) readReason(r *xml.Reader) error {
	for {
		more, err := r.NextChild()
		if err != nil || !more {
			return err
		}
		lang, _ := r.Attr(xml.XMLSpace, "lang")
		var text string
		if err := textInto(r, &text); err != nil {
			return err
		}
		if f.String == "" || strings.HasPrefix(lang, "zh") {
			f.String = text
		}
	}
}

// textInto reads the text of an element. Elements inside, which some targets put even into
// a faultstring, are passed over.
func textInto(r *xml.Reader, to *string) error {
	var b strings.Builder
	depth := r.Depth()
	for {
		kind, err := r.Next()
		switch {
		case err != nil:
			return err
		case kind == xml.Text:
			b.Write(r.Text())
		case kind == xml.End && r.Depth() == depth:
			*to = strings.TrimSpace(b.String())
			return nil
		case kind == xml.EOF:
			return errors.New("the document ended inside an element")
		}
	}
}
