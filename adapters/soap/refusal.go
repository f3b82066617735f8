package soap

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Language is the language of the texts in a system's faults.
type Language string

const (
	English Language = "en"
	Chinese Language = "zh-CN"
)

func (l Language) pick(en, zh string) string {
	if l == Chinese && zh != "" {
		return zh
	}
	return en
}

// refuse makes a refusal for which the sender of the message is to blame.
func refuse(code, field, en, zh string, args ...any) *Fault {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = legible(cut(s, 120))
		}
	}
	return &Fault{Code: CodeClient, Err: core.Invalidf(code, field, en, zh, args...), ours: true}
}

// deny is refuse for what a caller may not do. The contracts promise a detail with the code
// not_authorised, so it has one even where it concerns a header.
func deny(code, field, en, zh string, args ...any) *Fault {
	f := refuse(code, field, en, zh, args...)
	f.Err.(*core.Error).Kind = core.Denied
	return f
}

// about marks a refusal of the envelope or its headers: SOAP 1.1 allows it no detail, and but for
// those made by deny it gets none.
func (f *Fault) about(subcode xml.Name) *Fault {
	f.Subcode, f.bare = subcode, true
	return f
}

// with sets the HTTP status, for refusals of the carrying HTTP message.
func (f *Fault) with(status int) *Fault {
	f.Status = status
	return f
}

// ofDocument says of a document what the reader found.
func ofDocument(bad *xml.Error) *core.Error {
	code, zh := "malformed", "XML 格式错误"
	switch bad.Kind {
	case xml.Limit:
		code, zh = "too_large", "报文超出限制"
	case xml.Schema:
		code, zh = "invalid", "报文不符合接口约定"
	case xml.BadCharset:
		code, zh = "charset", "字符编码错误"
	}
	place := fmt.Sprintf("%s：字节 %d", zh, bad.Offset)
	if bad.Line > 0 {
		place = fmt.Sprintf("%s：第 %d 行第 %d 列", zh, bad.Line, bad.Column)
	}
	// Of what is no XML at all the words are English: they are for whoever mends the sender.
	return &core.Error{
		Kind: core.Invalid, Code: code, Field: fieldOf(bad.Path),
		Message: bad.Error(), MessageZH: place + "：" + cmp.Or(bad.MsgZH, bad.Msg), Err: bad,
	}
}

// fieldOf is the place of an element in its request: "Order/Type" for
// "Envelope/Body/SubmitOrder/Order/Type", "" for the request itself and all outside of it.
func fieldOf(path string) string {
	inBody, ok := strings.CutPrefix(path, "Envelope/Body/")
	if !ok {
		return ""
	}
	_, field, _ := strings.Cut(inBody, "/")
	return field
}

// generic sentences stand for errors whose own text is not for the caller.
var generic = map[core.Kind][2]string{
	core.Internal:       {"an internal error; nothing is wrong with the message, please report the correlation id", "系统内部错误，与报文内容无关，请提供关联号"},
	core.Unavailable:    {"the service cannot take the message now; send it again later", "服务暂时不可用，请稍后重发"},
	core.OutcomeUnknown: {"the outcome is not known; ask for the order's status before sending again", "处理结果未知，重发前请先查询工单状态"},
	core.Invalid:        {"the message is not valid", "报文内容无效"},
	core.NotFound:       {"what the message names does not exist", "报文所指对象不存在"},
	core.Conflict:       {"the message collides with the present state", "与当前状态冲突"},
	core.Denied:         {"not allowed", "无权操作"},
}

// sentence is the text of a fault in the system's language: what was wrong, in which
// field, what is allowed, and by which number to ask about it.
func (e *Endpoint) sentence(err error, correlationID string) string {
	return Sentence(e.o.Language, err, correlationID)
}

// Sentence is the text of a fault for err, as an endpoint says it; without a correlationID
// that part is left out.
func Sentence(lang Language, err error, correlationID string) string {
	known, ok := err.(*core.Error)
	if !ok {
		known = &core.Error{Kind: core.KindOf(err)}
	}
	text := lang.pick(known.Message, known.MessageZH)
	written := known.Message != "" && known.Message != known.Code
	switch known.Kind {
	case core.Invalid, core.NotFound, core.Conflict, core.Denied:
	case core.Unavailable, core.OutcomeUnknown:
		written = written && known.MessageZH != "" // both languages: meant for people
	default:
		written = false
	}
	if !written {
		g := generic[known.Kind]
		text = lang.pick(g[0], g[1])
	}
	var b strings.Builder
	if known.Field != "" && written {
		b.WriteString(known.Field)
		b.WriteString(lang.pick(": ", "："))
	}
	b.WriteString(text)
	if correlationID != "" {
		fmt.Fprintf(&b, lang.pick(" (correlation id %s)", "（关联号 %s）"), correlationID)
	}
	return b.String()
}

// legible replaces what XML cannot carry, so that a fault can quote anything.
func legible(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError:
			return '\uFFFD'
		}
		return r
	}, s)
}

// cut shortens s to at most n bytes, at a character's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
