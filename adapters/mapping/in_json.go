package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"tundish/wsdl/xml"
)

// jsonRoot is what the root of a JSON document is called in paths.
const jsonRoot = "json"

// jsonItem is what a member of a list is called that stands in a list itself.
const jsonItem = "item"

// deepestJSON is how many values may lie in each other.
const deepestJSON = 60

// longestMember is how many bytes a member's name may have: it is written once for each of a list.
const longestMember = 4 << 10

// jsonError is what is wrong with a JSON text.
type jsonError struct{ error }

// fromJSONText writes a JSON text as XML: members are elements, those of a list repeat, null
// is empty. Paths and rules then are those of XML.
func fromJSONText(text []byte) ([]byte, error) {
	t := transcoder{d: json.NewDecoder(bytes.NewReader(text)), w: xml.NewWriter(), most: mostBytes(len(text))}
	t.d.UseNumber()
	err := t.value(jsonRoot, 0)
	if err == nil {
		if _, more := t.d.Token(); more != io.EOF {
			err = errors.New("something stands behind its end")
		}
	}
	var out []byte
	if err == nil {
		out, err = t.w.Finish()
	}
	if err != nil {
		return nil, &jsonError{fmt.Errorf("the JSON cannot be read: %w", err)}
	}
	return out, nil
}

// PlainJSON is a JSON text as the XML that paths of a mapping lead into.
func PlainJSON(text []byte) ([]byte, error) { return fromJSONText(text) }

type transcoder struct {
	d    *json.Decoder
	w    *xml.Writer
	most int // bytes of w
}

// start begins an element, unless too much was written already.
func (t *transcoder) start(name string, depth int) error {
	if depth > deepestJSON {
		return fmt.Errorf("values lie more than %d deep in each other", deepestJSON)
	}
	if t.w.Len() > t.most {
		return fmt.Errorf("it makes more than %d MB of XML: a list with many members has a long name", t.most>>20)
	}
	t.w.Start(name)
	return nil
}

// value writes the next value as an element.
func (t *transcoder) value(name string, depth int) error {
	token, err := t.d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	switch {
	case token != json.Delim('['):
		return t.element(name, token, depth)
	case depth == 0:
		return t.inside(name, depth)
	}
	return t.list(name, depth)
}

func (t *transcoder) element(name string, token json.Token, depth int) error {
	if err := t.start(name, depth); err != nil {
		return err
	}
	switch v := token.(type) {
	case json.Delim: // {
		for t.d.More() {
			member, err := t.d.Token()
			if err != nil {
				return err
			}
			own := member.(string)
			if len(own) > longestMember {
				return fmt.Errorf("the name of a member has %d bytes; at most %d are allowed", len(own), longestMember)
			}
			if err := t.value(jsonMember(own), depth+1); err != nil {
				return err
			}
		}
		if _, err := t.d.Token(); err != nil {
			return err
		}
	case string:
		t.w.Text(v)
	case json.Number:
		t.w.Text(v.String())
	case bool:
		t.w.Text(strconv.FormatBool(v))
	}
	t.w.End()
	return t.w.Error()
}

// list writes the members of a list side by side, all under one name.
func (t *transcoder) list(name string, depth int) error {
	if depth > deepestJSON {
		return fmt.Errorf("values lie more than %d deep in each other", deepestJSON)
	}
	for t.d.More() {
		token, err := t.d.Token()
		switch {
		case err != nil:
		case token == json.Delim('['):
			err = t.inside(name, depth)
		default:
			err = t.element(name, token, depth)
		}
		if err != nil {
			return err
		}
	}
	_, err := t.d.Token()
	return err
}

// inside writes a list that has no name of its own, being the root or in another list.
func (t *transcoder) inside(name string, depth int) error {
	if err := t.start(name, depth); err != nil {
		return err
	}
	err := t.list(jsonItem, depth+1)
	t.w.End()
	return err
}

// jsonName is jsonMember for a name in a path, where * is any.
func jsonName(name string) string {
	if name == "*" {
		return name
	}
	return jsonMember(name)
}

// jsonMember makes a member's name one of XML: what may not stand there is written _x0020_, as
// others do, too. What means something else in a path, such as @, may be written so there.
func jsonMember(name string) string {
	var b strings.Builder
	for i, r := range name {
		ascii := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || i > 0 && (r >= '0' && r <= '9' || r == '-' || r == '.')
		if ascii || r >= 0x3400 && r <= 0x9FFF && unicode.IsLetter(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "_x%04X_", r)
		}
	}
	if b.Len() == 0 {
		return "_x_"
	}
	return b.String()
}
