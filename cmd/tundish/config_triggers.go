package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/life"
)

func (c *cli) configTriggers() *cobra.Command {
	var number, sample, event string
	var changed []string
	test := &cobra.Command{
		Use:   "test",
		Short: c.t("Says which triggers an event sets off, why the others do not act, and what would be done; writes nothing", "试运行触发器：说明哪些会触发、其余为何不触发、将执行什么；不写入任何内容"),
		Long: c.t("Takes an order of the store, or a file that holds one (YAML or JSON, keys as order show --json has them), as it is after the event. What a field was\nbefore does not matter: --changed says which ones the event changed.",
			"以库中的工单，或文件中的工单（YAML 或 JSON，键名同 order show --json）作为事件发生后的状态。字段原值不影响结果；事件修改了哪些字段由 --changed 说明。"),
		Example: "  tundish config triggers test --order W26-0000012-3 --event expedited\n  tundish config triggers test --sample order.yaml --event completed --changed meter.reading",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kind := core.EventKind(event)
			if !slices.Contains(core.EventKinds(), kind) {
				return core.Invalidf("unknown_event", "--event", "there is no event %q; there are: %s", "没有事件 %q；可用事件：%s", event, joined(core.EventKinds()))
			}
			switch {
			case (number == "") == (sample == ""):
				return core.Fail(core.Invalid, "order", "--order", "write either --order NUMBER or --sample FILE", "请写 --order 单号 或 --sample 文件 之一")
			case sample != "":
				s, err := c.settings()
				if err != nil {
					return err
				}
				o, err := sampleOrder(s, sample)
				if err != nil {
					return err
				}
				return c.tryTriggers(s, o, kind, changed)
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				o, err := st.Order(cmd.Context(), core.OrderNo(number))
				if err != nil {
					return err
				}
				return c.tryTriggers(s, o, kind, changed)
			})
		},
	}
	f := test.Flags()
	f.StringVar(&number, "order", "", c.t("an order of the store", "库中的工单"))
	f.StringVar(&sample, "sample", "", c.t("a file that holds an order", "存放工单的文件"))
	f.StringVar(&event, "event", "", c.t("what happened: an event of the vocabulary, such as received, expedited, completed", "发生的事件：词汇表中的事件，如 received、expedited、completed"))
	f.StringSliceVar(&changed, "changed", nil, c.t("fields that the event changed, by comma", "事件修改的字段，逗号分隔"))
	return group("triggers", c.t("Triggers: what follows from what happens to orders", "触发器"), c.jsonFlag(test))
}

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// sampleReport reads an order from a file, in the form that order show --json has it, as it is.
func sampleReport(file string) (o core.WorkOrder, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return o, core.Because(core.NotFound, "sample", err)
	}
	wrong := func(err error) error {
		return core.Invalidf("sample", file, "holds no order: %v", "其中不是工单：%v", err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		return o, wrong(err)
	}
	if whole, ok := tree["order"].(map[string]any); ok { // what order show --json prints
		tree = whole
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return o, wrong(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return o, wrong(err)
	}
	return o, nil
}

// sampleOrder is a [sampleReport] whose type there is, with what every order has.
func sampleOrder(s *app.Settings, file string) (core.WorkOrder, error) {
	o, err := sampleReport(file)
	if err != nil {
		return o, err
	}
	t := s.Types[o.Type]
	if t == nil {
		return o, core.Invalidf("unknown_type", file, "there is no order type %q; there are: %s", "没有工单类型 %q；可用类型：%s", o.Type, strings.Join(s.Types.Codes(), ", "))
	}
	o.Family = t.Family
	if o.Urgency == "" {
		o.Urgency = t.Urgency
	}
	if o.No == "" {
		o.No = "SAMPLE"
	}
	return o, nil
}

// tried is how a trigger's answer is printed as JSON.
type tried struct {
	Trigger string   `json:"trigger"`
	Acts    bool     `json:"acts"`
	Rounds  []int    `json:"rounds,omitempty"`
	Why     string   `json:"why,omitempty"`
	Effects []string `json:"effects,omitempty"`
}

func (c *cli) tryTriggers(s *app.Settings, o core.WorkOrder, kind core.EventKind, changed []string) error {
	trial, err := s.Rules().Try(o, kind, changed, life.Step{Now: s.Clock().Now(), Actor: life.Hub("test"), By: "test"})
	if err != nil {
		return err
	}
	var rows [][]string
	list := []tried{}
	for _, t := range trial.Triggers {
		one := tried{Trigger: t.Trigger.ID, Acts: len(t.Rounds) > 0, Rounds: t.Rounds, Why: c.text(t.Why)}
		for _, e := range t.Effects {
			one.Effects = append(one.Effects, c.effect(e))
		}
		list = append(list, one)
		acts, said := c.t("no", "否"), one.Why
		if one.Acts {
			acts, said = c.t("yes", "是"), strings.Join(one.Effects, "; ")
		}
		rows = append(rows, []string{t.Trigger.ID, c.text(t.Trigger.Name), acts, said})
	}
	if c.json {
		return c.show(map[string]any{"order": o.No, "event": kind, "triggers": list, "changes": trial.Deltas, "trouble": trial.Trouble}, nil, nil)
	}
	fmt.Fprintf(c.out, "%s  %s · %s: %s\n\n", o.No, c.word(codes.Type, o.Type), c.word(codes.Urgency, string(o.Urgency)), c.word(codes.Event, string(kind)))
	if len(rows) == 0 {
		_, err := fmt.Fprintln(c.out, c.t("there are no triggers", "没有触发器"))
		return err
	}
	if err := table(c.out, []string{"TRIGGER", "NAME", "ACTS", "WHAT OR WHY NOT"}, rows); err != nil {
		return err
	}
	for _, d := range trial.Deltas {
		fmt.Fprintf(c.out, "\n%s: %s → %s", strings.ReplaceAll(d.Path, "/", "."), or(string(d.Old), c.t("nothing", "无")), or(string(d.New), c.t("nothing", "无")))
	}
	if len(trial.Deltas) > 0 {
		fmt.Fprintln(c.out)
	}
	if trial.Trouble != "" {
		fmt.Fprintf(c.out, "\n%s\n", trial.Trouble)
	}
	return nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (c *cli) text(t core.Text) string { return c.t(t.EN, t.ZH) }

// effect says what an effect does, or that its own guard keeps it.
func (c *cli) effect(e life.TriedEffect) string {
	f := e.Effect
	said := string(f.Do)
	switch f.Do {
	case core.EffectNotify, core.EffectWebhook:
		said += " " + strings.Join(f.To, ", ")
	case core.EffectCreate:
		said += " " + f.Type
	case core.EffectSet:
		said += " " + f.Set + " = " + f.Value
	}
	if text := c.text(f.Text); text != "" {
		said += ": " + text
	}
	if !e.Holds {
		said = fmt.Sprintf(c.t("not %s, because not %s", "不执行 %s（%s 不成立）"), said, f.When)
	}
	return said
}
