package main

import (
	"fmt"
	"strconv"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// placeSeen is one element or attribute of a message, with those inside it.
type placeSeen struct {
	Name          string     `json:"name"` // attributes begin with @; * is anything
	Namespace     string     `json:"namespace,omitempty"`
	Min           int        `json:"min"`
	Max           int        `json:"max"` // -1: any number
	Type          string     `json:"type,omitempty"`
	Choice        string     `json:"choice,omitempty"` // 1a and 1b exclude each other
	Nillable      bool       `json:"nillable,omitempty"`
	Rules         string     `json:"rules,omitempty"` // facets, fixed and default values
	Documentation string     `json:"documentation,omitempty"`
	Recursive     bool       `json:"recursive,omitempty"`   // as further up; not shown again
	Substitutes   []string   `json:"substitutes,omitempty"` // elements that may stand in its place
	Derived       []string   `json:"derived,omitempty"`     // types that xsi:type may name
	Inside        placesSeen `json:"inside,omitempty"`
}

type placesSeen []*placeSeen

// placesShown bounds the trees of one operation.
const placesShown = 20_000

// treeReader unfolds the trees of an operation; a type inside itself ends it.
type treeReader struct {
	c     *cli
	count int
}

func (t *treeReader) root(n *shape.Node) *placeSeen {
	if n == nil {
		return nil
	}
	return t.place(n, nil)
}

func (t *treeReader) roots(nodes []*shape.Node) placesSeen {
	var all placesSeen
	for _, n := range nodes {
		all = append(all, t.place(n, nil))
	}
	return all
}

func (t *treeReader) place(n *shape.Node, above []*shape.Node) *placeSeen {
	t.count++
	p := &placeSeen{Name: n.Name.Local, Namespace: n.Name.Space, Min: n.Min, Max: n.Max, Type: n.Type.Local, Nillable: n.Nillable, Documentation: t.c.docs(n.Docs)}
	if p.Name == "" {
		p.Name = "*"
	}
	if n.Choice > 0 {
		p.Choice = strconv.Itoa(n.Choice) + branch(n.Branch)
	}
	var rules []string
	if n.Simple != nil && !n.Any {
		if p.Type == "" {
			p.Type = n.Simple.Builtin
		}
		rules = t.rules(n.Simple, n.Fixed, n.Default)
	}
	switch {
	case n.DataSet:
		p.Type = t.c.t("data set: schema and diffgram", "DataSet：schema 与 diffgram")
	case n.Array != nil:
		p.Type = t.c.t("array of ", "数组：") + n.Array.Item.Type.Local
	}
	p.Rules = strings.Join(rules, "; ")
	for _, s := range n.Substitutes() {
		p.Substitutes = append(p.Substitutes, s.Name.Local)
	}
	if n.Simple == nil { // texts are seldom sent as a narrower type
		for _, d := range n.Derived() {
			p.Derived = append(p.Derived, d.Type.Local)
		}
	}
	for _, a := range n.Attributes() {
		at := &placeSeen{Name: "@" + a.Name.Local, Namespace: a.Name.Space, Max: 1, Documentation: t.c.docs(a.Docs)}
		if a.Required {
			at.Min = 1
		}
		if a.Simple != nil {
			at.Type = a.Simple.Name.Local
			if at.Type == "" {
				at.Type = a.Simple.Builtin
			}
			at.Rules = strings.Join(t.rules(a.Simple, a.Fixed, a.Default), "; ")
		}
		p.Inside = append(p.Inside, at)
	}
	if n.DataSet {
		return p
	}
	for _, up := range above {
		if up.SameType(n) {
			p.Recursive = true
			return p
		}
	}
	for _, child := range n.Children() {
		if t.count >= placesShown {
			p.Recursive = true
			break
		}
		p.Inside = append(p.Inside, t.place(child, append(above[:len(above):len(above)], n)))
	}
	return p
}

func branch(n int) string {
	if n > 26 {
		return "." + strconv.Itoa(n)
	}
	return string(rune('a' + n - 1))
}

// rules are what a text must be beyond its type.
func (t *treeReader) rules(s *shape.Simple, fixed, preset *string) []string {
	var all []string
	add := func(en, zh string, args ...any) { all = append(all, fmt.Sprintf(t.c.t(en, zh), args...)) }
	if s.Builtin != "" && s.Name.Local != s.Builtin {
		all = append(all, s.Builtin)
	}
	if s.Item != nil {
		add("a list", "列表")
	}
	switch {
	case s.Length != shape.None:
		add("length %d", "长度 %d", s.Length)
	case s.MinLength > 0 && s.MaxLength != shape.None:
		add("length %d to %d", "长度 %d 至 %d", s.MinLength, s.MaxLength)
	case s.MaxLength != shape.None:
		add("length at most %d", "长度不超过 %d", s.MaxLength)
	case s.MinLength > 0:
		add("length at least %d", "长度不少于 %d", s.MinLength)
	}
	if s.TotalDigits != shape.None {
		add("at most %d digits", "最多 %d 位数字", s.TotalDigits)
	}
	if s.FractionDigits != shape.None {
		add("at most %d behind the point", "小数最多 %d 位", s.FractionDigits)
	}
	bound := func(value string, exclusive bool, open, closed string) {
		if value == "" {
			return
		}
		if exclusive {
			closed = open
		}
		all = append(all, closed+" "+value)
	}
	bound(s.Min, s.MinExclusive, ">", "≥")
	bound(s.Max, s.MaxExclusive, "<", "≤")
	if len(s.Enumeration) > 0 {
		const most = 40
		var values []string
		for i, v := range s.Enumeration {
			if i == most {
				values = append(values, fmt.Sprintf("… (%d)", len(s.Enumeration)))
				break
			}
			text := v.Text
			if said := firstLine(t.c.docs(v.Docs)); said != "" && said != text {
				text += " (" + said + ")"
			}
			values = append(values, text)
		}
		all = append(all, strings.Join(values, " | "))
	}
	for _, p := range s.Patterns {
		add("pattern %s", "格式 %s", p)
	}
	if fixed != nil {
		add("always %q", "固定为 %q", *fixed)
	}
	if preset != nil {
		add("%q when missing", "缺省为 %q", *preset)
	}
	return all
}

// rows lays a tree out, two cells deeper for each level.
func (p *placeSeen) rows(rows [][]string, depth int) [][]string {
	if p == nil {
		return rows
	}
	high := strconv.Itoa(p.Max)
	if p.Max == contract.Unbounded {
		high = "*"
	}
	occurs := fmt.Sprintf("%d..%s", p.Min, high)
	if p.Choice != "" {
		occurs += " (" + p.Choice + ")"
	}
	var rules []string
	if p.Rules != "" {
		rules = append(rules, p.Rules)
	}
	if p.Nillable {
		rules = append(rules, "nil")
	}
	if p.Recursive {
		rules = append(rules, "…")
	}
	if len(p.Substitutes) > 0 {
		rules = append(rules, "→ "+strings.Join(p.Substitutes, ", "))
	}
	if len(p.Derived) > 0 {
		rules = append(rules, "xsi:type "+strings.Join(p.Derived, ", "))
	}
	rows = append(rows, []string{strings.Repeat("  ", depth) + p.Name, occurs, p.Type, strings.Join(rules, "; "), firstLine(p.Documentation)})
	for _, inner := range p.Inside {
		rows = inner.rows(rows, depth+1)
	}
	return rows
}
