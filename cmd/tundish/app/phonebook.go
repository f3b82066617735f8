package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"tundish/config/reactions"
	"tundish/core"
	"tundish/core/react"
)

// phoneBook finds the numbers of whom a notice is for. Crews are read anew now and then.
type phoneBook struct {
	crews core.CrewReader

	mu     sync.Mutex
	phones map[string]string
	until  time.Time
}

const phonesFor = 30 * time.Second

// of a notice, each number once. Crews that cannot be read now are left out.
func (b *phoneBook) of(ctx context.Context, c *reactions.Channel, n *react.Notice) []string {
	var list []string
	add := func(number string) {
		if number != "" && !slices.Contains(list, number) {
			list = append(list, number)
		}
	}
	if c.Hear(string(core.RoleCrew)) || len(c.Hears) == 0 {
		for _, crew := range n.Crews {
			add(b.crew(ctx, crew))
		}
	}
	for _, e := range c.Phones {
		if slices.Contains(n.To, e.Key) || n.Trouble && e.Key == reactions.Trouble {
			for _, number := range e.V {
				add(number.V)
			}
		}
	}
	return list
}

func (b *phoneBook) crew(ctx context.Context, id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Now().After(b.until) {
		if list, err := b.crews.Crews(ctx); err == nil {
			b.phones = map[string]string{}
			for _, c := range list {
				b.phones[c.ID] = c.Phone
			}
			b.until = time.Now().Add(phonesFor)
		}
	}
	return b.phones[id]
}
