package people

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// changing are the lines of which one stands in the record for every version of a user.
var changing = []string{"added", "changed", "disabled", "enabled", "password"}

const recordPage = 1000

// Record is what was found of the record of people.
type Record struct {
	Lines int64
	// End names the last line by its number and the beginning of its chain: whoever keeps it can tell later
	// whether the record still holds that line. "0" for an empty record.
	End string
}

// CheckRecord goes through the whole record, however long, page by page. It refuses one in which a line was changed or
// taken out, or whose end was cut off, as far as the people that there are tell: each version of a user has its line, and
// nobody signed in behind the last one. since, a [Record.End] from before, must still stand there; empty: none is known.
func (s *Service) CheckRecord(ctx context.Context, since string) (Record, error) {
	number, chain, err := knownEnd(since)
	if err != nil {
		return Record{}, err
	}
	users, err := s.store.Users(ctx) // before the lines: those that come meanwhile only add
	if err != nil {
		return Record{}, err
	}
	sessions, err := s.store.Sessions(ctx, "")
	if err != nil {
		return Record{}, err
	}
	var last core.UserEvent
	versions := map[string]int64{}
	for {
		page, err := s.store.UserEventsBehind(ctx, last.Sequence, recordPage)
		if err != nil {
			return Record{}, err
		}
		for _, e := range page {
			if e.Sequence != last.Sequence+1 || e.Follows(last).Chain != e.Chain {
				return Record{}, broken("line %d of the record does not follow the one before it: something was changed or taken out", "记录第 %d 行与前一行不符：曾被篡改或删除", e.Sequence)
			}
			if e.Sequence == number && !strings.HasPrefix(e.Chain, chain) {
				return Record{}, broken("line %d is another than the one that you know: the record was written anew", "第 %d 行与您所知的不同：记录曾被重写", number)
			}
			if slices.Contains(changing, e.Kind) {
				versions[e.User]++
			}
			last = e
		}
		if len(page) < recordPage {
			break
		}
	}
	if last.Sequence < number {
		return Record{}, broken("the record ends at line %d; you know line %d: its end was cut off", "记录止于第 %d 行，而您所知有第 %d 行：末尾曾被删除", last.Sequence, number)
	}
	for i := range users {
		u := &users[i]
		if versions[u.ID] < u.Version {
			return Record{}, broken("user %s was changed %d times and has %d lines: some were cut off", "用户 %s 变更 %d 次，仅有 %d 行记录：末尾曾被删除", u.ID, u.Version, versions[u.ID])
		}
		if u.LastLogin.After(last.At) {
			return Record{}, cutBehind(last, u.ID, u.LastLogin)
		}
	}
	for i := range sessions {
		if x := &sessions[i]; x.CreatedAt.After(last.At) {
			return Record{}, cutBehind(last, x.User, x.CreatedAt)
		}
	}
	return Record{Lines: last.Sequence, End: end(last)}, nil
}

func end(e core.UserEvent) string {
	if e.Sequence == 0 {
		return "0"
	}
	return fmt.Sprintf("%d:%s", e.Sequence, e.Chain[:16])
}

func knownEnd(text string) (number int64, chain string, err error) {
	if text == "" || text == "0" {
		return 0, "", nil
	}
	no, chain, _ := strings.Cut(text, ":")
	number, err = strconv.ParseInt(no, 10, 64)
	if err != nil || number < 1 || len(chain) < 8 {
		return 0, "", core.Invalidf("wrong_type", "known", "%q names no line; it looks like 120:3f9c0a77e1d2b645", "%q 不是记录行；形如 120:3f9c0a77e1d2b645", text)
	}
	return number, chain, nil
}

func broken(en, zh string, args ...any) error {
	return core.Invalidf("broken_record", "", en, zh, args...)
}

func cutBehind(last core.UserEvent, user string, at time.Time) error {
	return broken("%s signed in at %s, and the record ends at line %d of %s: its end was cut off", "%s 于 %s 登录，而记录止于第 %d 行（%s）：末尾曾被删除", user, at.Format(time.RFC3339), last.Sequence, last.At.Format(time.RFC3339))
}
