package bind

import (
	"errors"
	"regexp"
	"testing"

	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// form is a message with a child of every kind.
type form struct{}

var formShape = Shape{
	Children: []Child{
		{"Name", 1, 1}, {"Serial", 0, 1}, {"State", 0, 1}, {"Count", 0, 1}, {"Price", 0, 1}, {"Factor", 0, 1},
		{"Urgent", 0, 1}, {"Day", 0, 1}, {"At", 0, 1}, {"Photo", 0, 2}, {"Part", 0, 1}, {"Whole", 0, 1},
	},
	Attributes: []Attribute{{"kind", false}},
	Rules:      []Rule{AtMostOneOf(Need("Part"), All(Need("Whole"), May("Photo")))},
}

func (*form) UnmarshalXML(r *xml.Reader) error {
	d := Read(r, &formShape)
	if d.Attr("kind") {
		d.String(&Text{Max: 2})
	}
	for d.Next() {
		switch d.Name() {
		case "Name":
			d.String(&Text{Min: 2, Max: 4})
		case "Serial":
			d.String(&Text{Patterns: []*regexp.Regexp{Pattern("[0-9]+")}})
		case "State":
			d.String(&Text{OneOf: []string{"done", "refused"}})
		case "Count":
			d.Int(&Range{0, 10})
		case "Price":
			d.Decimal(&Number{Low: "0", LowOpen: true, Fraction: 2})
		case "Factor":
			d.Float()
		case "Urgent":
			d.Bool()
		case "Day":
			d.Date()
		case "At":
			d.DateTime()
		case "Photo":
			d.Binary(&Size{Max: 3})
		default:
			d.String(nil)
		}
	}
	return d.Close()
}

func TestRefusalsAreInChineseToo(t *testing.T) {
	const named = "<Name>解放路</Name>"
	for inner, want := range map[string]string{
		"":                             "缺少元素 <Name>（位于 <Form> 内）",
		named + named:                  "<Name> 重复出现，只允许出现一次",
		named + "<Serail>1</Serail>":   "元素 <Serail> 在此处未定义；是否应为 <Serial>？",
		"<Name>解放路一号</Name>":           `<Name>："解放路一号" 有 5 个字符，最多允许 4 个`,
		"<Name>解</Name>":               `<Name>："解" 有 1 个字符，至少须 2 个`,
		"<Serial>x</Serial>":           `<Serial>："x" 不符合格式 [0-9]+`,
		"<State>gone</State>":          `<State>："gone" 不在允许的取值之内；是否应为 "done"？`,
		"<State>水</State>":             `<State>："水" 不在允许的取值之内；允许："done", "refused"`,
		"<Count>many</Count>":          `<Count>："many" 不是 0 至 10 之间的整数`,
		"<Count>11</Count>":            `<Count>："11" 不是 0 至 10 之间的整数`,
		"<Price>1,5</Price>":           `<Price>："1,5" 不是有效的数值，应如 12.50，不得带逗号或指数`,
		"<Price>0</Price>":             "<Price>：0 过小，应大于 0",
		"<Price>1.234</Price>":         "<Price>：1.234 有 3 位小数，最多允许 2 位",
		"<Factor>x</Factor>":           `<Factor>："x" 不是有效的数值，应如 12.5 或 1.25E1`,
		"<Urgent>yes</Urgent>":         `<Urgent>："yes" 不是有效的布尔值，应为 true、false、1 或 0`,
		"<Day>2024/6/1</Day>":          `<Day>："2024/6/1" 不是有效的日期，应如 2024-06-01`,
		"<At>noon</At>":                `<At>："noon" 不是有效的日期时间，应如 2024-06-01T08:30:00+08:00`,
		"<Photo>!</Photo>":             `<Photo>："!" 不是有效的 base64 数据`,
		"<Photo>AAAAAAAA</Photo>":      "<Photo>：数据有 6 字节，最多允许 3 字节",
		`<Name n:nil="true"/>`:         "<Name> 为 nil，必须有值",
		`<Name a="b">解放路</Name>`:       "属性 a 在 <Name> 中未定义，此处不允许属性",
		`<Name xmlns="urn:y">x</Name>`: `元素 <Name> 的命名空间为 "urn:y"，应为 "urn:x" 或无命名空间`,
		"<Name><b/></Name>":            "<Name> 中出现元素 <b>，此处只允许文本",
		"text":                         "<Form> 中出现文本，此处只允许子元素",
		named + "<Part/><Whole/>":      "<Part> 与 <Whole>及<Photo> 不能同时出现，只能选择其一：<Part>、<Whole>及<Photo>（位于 <Form> 内）",
		named + "<Photo/>":             "缺少元素 <Whole>（位于 <Form> 内）",
	} {
		err := read(`<Form xmlns="urn:x" xmlns:n="`+xml.XSISpace+`">`+inner+"</Form>", new(form))
		bad := new(xml.Error)
		if !errors.As(err, &bad) || bad.MsgZH != want || bad.Kind != xml.Schema || bad.Msg == "" || bad.Msg == want {
			t.Errorf("%s: %v\n got %q\nwant %q", inner, err, bad.MsgZH, want)
		}
	}
	bad := new(xml.Error)
	if err := read(`<Form xmlns="urn:x" kind="abc"/>`, new(form)); !errors.As(err, &bad) || bad.MsgZH != `<Form> 的属性 kind："abc" 有 3 个字符，最多允许 2 个` {
		t.Errorf("%v, %q", err, bad.MsgZH)
	}
}

func TestAnErrorOfAValueCanBeUnwrapped(t *testing.T) {
	for _, inner := range []string{"<Count>x</Count>", "<Day>x</Day>"} {
		var bad *xsd.ParseError
		if err := read("<Form>"+inner+"</Form>", new(form)); !errors.As(err, &bad) || bad.Value != `"x"` {
			t.Errorf("%s: %v", inner, err)
		}
	}
}
