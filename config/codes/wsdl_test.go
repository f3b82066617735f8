package codes_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/config/ordertype"
)

func shipped(t *testing.T) *codes.Vocabulary {
	t.Helper()
	var p lang.Problems
	v := codes.ReadVocabulary(&p, "../vocabulary.yaml", nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return v
}

// The contracts' documentation lists codes in words of its own, which partners have in their hands.
// These must be the ones of the vocabulary: the same codes, called the same in Chinese.
func TestTheContractsListTheCodesOfTheVocabulary(t *testing.T) {
	v := shipped(t)
	data, err := os.ReadFile("../../wsdl/vocabulary/vocabulary.xsd")
	if err != nil {
		t.Fatal(err)
	}
	element := regexp.MustCompile(`(?s)<xs:element name="(\w+)" type="Code"[^>]*>\s*<xs:annotation>\s*<xs:documentation xml:lang="en">(.*?)</xs:documentation>\s*<xs:documentation xml:lang="zh-CN">(.*?)</xs:documentation>`)
	kinds := map[string]string{
		"Category": codes.Category, "SubCategory": codes.SubCategory, "Tariff": "tariff", "State": "meter_state", "Reason": codes.Reason, "Handling": "handling",
		"OldMeterFate": "meter_fate", "Fate": "meter_fate", "Confirmation": "confirmation", "AccountTreatment": "account_treatment", "Satisfaction": "satisfaction",
		"Channel": codes.Channel, "Urgency": codes.Urgency, "Status": codes.Status, "Outcome": "outcome", "Kind": codes.Event,
	}
	lists := regexp.MustCompile(`(?:^|[ .])(?:House c|C)odes(?: for leak)?: ([^.]*)\.`)
	seen := map[string]bool{}
	for _, m := range element.FindAllStringSubmatch(string(data), -1) {
		kind, english, chinese := kinds[m[1]], m[2], m[3]
		list := lists.FindStringSubmatch(english)
		if kind == "" || list == nil || strings.HasPrefix(english, "State in this system's books") {
			continue // not a code of the house, or "codes as in …"
		}
		seen[kind] = true
		var said []string
		for _, one := range regexp.MustCompile(`\([^)]*\)`).Split(list[1], -1) {
			said = append(said, strings.FieldsFunc(one, func(r rune) bool { return r == ',' || r == ';' || r == ' ' })...)
		}
		ours := v.Codes(kind)
		if kind == codes.Event { // some are the hub's own and told to nobody
			ours = slices.DeleteFunc(ours, func(code string) bool { return !slices.Contains(said, code) })
		}
		if !slices.Equal(sorted(ours), sorted(said)) {
			t.Errorf("%s: the contract lists %v, the vocabulary %v", m[1], said, ours)
		}
		for _, code := range said {
			called := regexp.MustCompile(`(?:[：，；、。]|^)` + regexp.QuoteMeta(code) + ` ([^，。；（、]+)`).FindStringSubmatch(chinese)
			w, _ := v.Find(kind, codes.Code{Code: code})
			if called == nil || called[1] != w.Name.Zh {
				t.Errorf("%s: %s is called %q by the contract, %q by the vocabulary", m[1], code, called, w.Name.Zh)
			}
		}
	}
	for _, kind := range kinds {
		if !seen[kind] {
			t.Errorf("no element of the contracts lists the codes of %s", kind)
		}
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// The same for order types, whose words stand in files of their own and may say more: "漏水" and "漏水报修".
// Types for gas are listed for installations that have them.
func TestTheContractsListTheOrderTypes(t *testing.T) {
	types, err := ordertype.Load("../order-types")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../wsdl/vocabulary/vocabulary.xsd")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`工单类型代码：([^；]*)；燃气`).FindAllStringSubmatch(string(data), -1)
	if len(lists) < 2 {
		t.Fatalf("%d lists", len(lists))
	}
	for _, list := range lists {
		said := strings.Split(list[1], "，")
		for _, one := range said {
			code, name, _ := strings.Cut(one, " ")
			if o := types[code]; o == nil || !strings.HasPrefix(o.Name.ZH, name) {
				t.Errorf("the contract lists %q, which no order type is", one)
			}
		}
		if len(said) < len(types)-1 { // a patrol's findings come over the GIS contract alone
			t.Errorf("the contract lists %d types of %d", len(said), len(types))
		}
	}
}
