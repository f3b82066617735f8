package soap

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Logs are read by more people than messages are. What stands in a message, names and
// telephone numbers among it, therefore stays in the message log; the zap log tells where
// to look: ids, operation, code, place and status.

// story logs how the visit went: what needs somebody's attention as an error, a refusal
// as a warning, the rest for us.
func (v *visit) story() {
	log := v.e.log.Debug
	msg := "message answered"
	switch v.x.Outcome {
	case Refused:
		log, msg = v.e.log.Warn, "message refused"
	case Failed:
		log, msg = v.e.log.Error, "message failed"
	default:
		if !v.e.log.Core().Enabled(zap.DebugLevel) {
			return
		}
	}
	fields := []zap.Field{
		zap.String("op", v.x.Operation), zap.String("correlation_id", v.x.CorrelationID),
		zap.String("peer", v.x.Peer), zap.Int("status", v.x.Status), zap.Duration("took", v.x.Took),
	}
	if v.x.External != "" {
		fields = append(fields, zap.String("external_ref", cut(v.x.External, 64)))
	}
	if v.x.Order != "" {
		fields = append(fields, zap.String("order", string(v.x.Order)))
	}
	if v.x.Fault != nil {
		fields = append(fields, faultFields(v.x.Fault)...)
	}
	if v.x.Err != nil && v.x.Outcome != Refused {
		fields = append(fields, zap.String("err", discreet(v.x.Err)))
	}
	log(msg, fields...)
}

// faultFields are what the log tells of a fault: never its text, which quotes the message.
func faultFields(f *Fault) []zap.Field {
	fields := []zap.Field{zap.String("fault", string(f.Code)), zap.String("code", core.CodeOf(f.Err))}
	var known *core.Error
	if errors.As(f.Err, &known) && known.Field != "" {
		fields = append(fields, zap.String("field", cut(known.Field, 200)))
	}
	return fields
}

// discreet is the text of an error without what it quotes of a message: of each error known
// to quote, it tells code and place. Errors of the machine keep their words.
func discreet(err error) string { return quotation.ReplaceAllLiteralString(unquoted(err), `"…"`) }

// quotation is what %q makes, as errors of parsers do of what they were given.
var quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

func unquoted(err error) string {
	switch e := err.(type) {
	case *Fault:
		return strings.TrimSpace("fault " + string(e.Code) + " " + core.CodeOf(e.Err))
	case *core.Error:
		text := e.Kind.String()
		if e.Code != "" {
			text += " " + e.Code
		}
		if e.Field != "" {
			text += " at " + e.Field
		}
		return behind(text, e.Err)
	case *xml.Error:
		return fmt.Sprintf("%s error in the document at %s, byte %d", e.Kind, e.Path, e.Offset)
	case *panicError:
		return "panic: " + panicked(e.p)
	case *CallError:
		return behind("call "+e.Operation+" of "+string(e.System)+": "+e.What, e.Err)
	case *url.Error:
		return behind(e.Op, e.Err) // without the address, which may hold what was asked for
	case interface{ Place() string }: // of an encoder
		return "the contract does not allow the value at " + e.Place()
	case FaultDetailer:
		return fmt.Sprintf("the contract's %T", err)
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range e.Unwrap() {
			all = append(all, unquoted(one))
		}
		return strings.Join(all, "; ")
	case interface{ Unwrap() error }:
		return wrapped(err, e.Unwrap())
	}
	return err.Error()
}

// wrapped is the text of err, in which cause's own text gives way to its discreet form.
func wrapped(err, cause error) string {
	if cause == nil {
		return err.Error()
	}
	said, own := cause.Error(), unquoted(cause)
	if said == own {
		return err.Error()
	}
	before, after, found := strings.Cut(err.Error(), said)
	if said == "" || !found {
		return own // its words cannot be told from those it quotes
	}
	return before + own + after
}

func behind(text string, cause error) string {
	if cause == nil {
		return text
	}
	return text + ": " + unquoted(cause)
}

// panicError is a panic of a contract's code.
type panicError struct{ p any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.p) }

// panicked tells of a panic without what the contract's code put into it.
func panicked(p any) string {
	if err, ok := p.(error); ok {
		return discreet(err)
	}
	return fmt.Sprintf("%T", p)
}
