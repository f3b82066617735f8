package bind

import (
	"errors"
	"fmt"

	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// words is one text in English and Chinese. As an error, or in a format, it is English.
type words struct {
	en, zh string
	err    error // that they tell of, if there is one
}

func (w words) Error() string { return w.en }
func (w words) Unwrap() error { return w.err }

// say makes words from two formats and the same arguments.
func say(en, zh string, args ...any) words {
	return words{en: fmt.Sprintf(en, args...), zh: sayZH(zh, args...)}
}

// sayZH formats in Chinese: arguments that can speak it do.
func sayZH(format string, args ...any) string {
	own := make([]any, len(args))
	for i, a := range args {
		own[i] = a
		if err, ok := a.(error); ok {
			own[i] = chinese(err)
		}
	}
	return fmt.Sprintf(format, own...)
}

// chinese is what err says in Chinese, or else in English.
func chinese(err error) string {
	var w words
	var bad *xsd.ParseError
	switch {
	case errors.As(err, &w):
		return w.zh
	case errors.As(err, &bad):
		return fmt.Sprintf("%s 不是有效的%s", bad.Value, lexical(bad.Type))
	}
	return err.Error()
}

// lexical names a type of XML Schema, with what is allowed.
func lexical(typ string) string {
	switch typ {
	case "boolean":
		return "布尔值，应为 true、false、1 或 0"
	case "date":
		return "日期，应如 2024-06-01"
	case "dateTime":
		return "日期时间，应如 2024-06-01T08:30:00+08:00"
	case "integer":
		return "整数，应如 42"
	case "decimal":
		return "数值，应如 12.50，不得带逗号或指数"
	case "double":
		return "数值，应如 12.5 或 1.25E1"
	case "base64Binary":
		return " base64 数据"
	}
	return " " + typ
}

// refuse is r.Errorf in both languages.
func refuse(r *xml.Reader, en, zh string, args ...any) error {
	err := r.Errorf(en, args...)
	var e *xml.Error
	if errors.As(err, &e) {
		e.MsgZH = sayZH(zh, args...)
	}
	return err
}
