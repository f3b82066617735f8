package mapping

import (
	"errors"
	"fmt"

	"tundish/config/lang"
)

// mistake is what is wrong with a path or a layout, in both languages.
type mistake struct{ lang.Text }

func (m mistake) Error() string { return m.En }

func mistakef(en, zh string, args ...any) error {
	return mistake{lang.Text{En: fmt.Sprintf(en, args...), Zh: fmt.Sprintf(zh, args...)}}
}

// inWords gives a mistake to a message, which then says it in the reader's language.
func inWords(err error) any {
	if m := (mistake{}); errors.As(err, &m) {
		return m.Text
	}
	return err
}
