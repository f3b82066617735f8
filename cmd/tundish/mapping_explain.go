package main

import (
	"fmt"
	"strconv"
	"strings"

	"tundish/adapters/mapping"
	"tundish/config/codes"
	"tundish/core"
	"tundish/wsdl/xml"
)

// explanation is a table of how the fields of a message's orders came about.
type explanation struct {
	c       *cli
	lines   []explained
	rows    [][]string
	order   int // in the message, from 1
	refused bool
}

// explained is a line of it.
type explained struct {
	Order int      `json:"order"` // in the message, from 1
	Field string   `json:"field"`
	Paths []string `json:"paths"`
	Texts []string `json:"texts"`
	Value string   `json:"value"`
	Line  int      `json:"line"` // in the mapping
	Error string   `json:"error,omitempty"`
}

func (e *explanation) told(t mapping.Trace) {
	l := explained{Order: e.order, Field: t.Field, Paths: t.Paths, Texts: t.Texts, Value: t.Value, Line: t.Line}
	shown := e.c.value(l.Field, l.Value)
	if t.Err != nil {
		e.refused = true
		l.Error = e.c.t(t.Err.Message, t.Err.MessageZH)
		shown = "! " + l.Error
	}
	e.lines = append(e.lines, l)
	e.rows = append(e.rows, []string{strconv.Itoa(e.order), l.Field, strings.Join(l.Paths, " "), strings.Join(l.Texts, " | "), shown, strconv.Itoa(l.Line)})
}

// show prints it; a refused order makes the answer no.
func (e *explanation) show() error {
	if err := e.c.show(e.lines, []string{"ORDER", "FIELD", "PATH", "TEXT", "VALUE", "LINE"}, e.rows); err != nil {
		return err
	}
	if e.refused {
		return exitError(1)
	}
	return nil
}

// explainSample explains the orders of a message that calls an operation.
func (c *cli) explainSample(in *mapping.Inward, r *xml.Reader) error {
	e := &explanation{c: c, order: 1}
	r, _, err := mapping.Plain(r, in.Encoded)
	if err != nil {
		return err
	}
	err = in.Explain(r, e.told, func(mapping.Item) error { e.order++; return nil })
	if err == nil {
		err = r.Finish()
	}
	if err != nil {
		return err
	}
	return e.show()
}

// explainAnswer explains the orders of an answer to the first page of a pull, and says beside
// the table what the answer means as a whole.
func (c *cli) explainAnswer(p *mapping.Pulling, r *xml.Reader) error {
	e := &explanation{c: c, order: 1}
	rows := p.Rows()
	const size = 200 // as jobs ask for when they do not say
	listed, err := p.List(r, mapping.Paging{Page: 1, Size: size}, func(raw []byte) error {
		_, _, err := rows.Read(raw, e.told)
		e.order++
		return err
	})
	if err == nil {
		err = r.Finish()
	}
	if err != nil {
		return err
	}
	d := listed.Verdict
	good := d.Outcome == core.Delivered || d.Outcome == core.AlreadyDone
	shown := strings.Join(strings.Fields(c.word(codes.Attempt, string(d.Outcome))+" "+c.word(codes.Result, d.Code)+" "+d.Detail), " ")
	follows := c.t("it is the last page", "为最后一页")
	if listed.More {
		follows = c.t("more pages follow", "还有后续页")
	}
	fmt.Fprintf(c.err, c.t("the answer: %s; %d rows; %s\n", "应答：%s；%d 行；%s\n"), shown, listed.Rows, follows)
	if err := e.show(); err != nil || good {
		return err
	}
	return exitError(1)
}
