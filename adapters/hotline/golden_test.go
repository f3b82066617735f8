package hotline_test

import (
	"errors"
	"testing"

	"tundish/adapters/soap"
	"tundish/adapters/standard/standardtest"
	wire "tundish/wsdl/hotline"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

func TestHubMessagesAreAsWritten(t *testing.T) {
	for _, charset := range []string{"UTF-8", "GBK"} {
		t.Run(charset, func(t *testing.T) {
			h := serveIn(t, charset, nil)
			o := leak("RX1")
			o.Place.Coordinate = &wire.Coordinate{Lat: xsd.MustDecimal("31.2304163"), Lon: xsd.MustDecimal("121.4737012"), ReferenceSystem: "GCJ02"}
			o.Place.BookNo = new(int32(0))
			o.Meter = &wire.Meter{Serial: "S1", LastReading: new(xsd.MustDecimal("0.00"))}
			o.Extra = []wire.Extra{{Name: "build_project", Value: "&<"}}
			at := xsd.NewDateTime(standardtest.Start)
			a, err := h.SubmitOrder(t.Context(), &wire.SubmitOrder{MessageId: "m-1", SentAt: &at, Order: o})
			if err != nil {
				t.Fatal(err)
			}
			if got := h.order(a.OrderNo); got.Customer.Name != "𠮷田" || got.Report.Content != o.Report.Content || got.Meter.LastReading != "0.00" {
				t.Errorf("%+v", got)
			}
			h.finish(a.OrderNo)
			for name, err := range map[string]error{
				"amend":    second(h.AmendOrder(t.Context(), &wire.AmendOrder{MessageId: "m-2", Order: o, Reason: "地址有误"})),
				"expedite": second(h.ExpediteOrder(t.Context(), &wire.ExpediteOrder{MessageId: "m-3", ExternalRef: "RX1", Reason: "催办", By: "陈"})),
				"query":    second(h.QueryOrder(t.Context(), &wire.QueryOrder{ExternalRef: "RX1", WithPhotos: new(false)})),
				"extend":   second(h.AnswerExtension(t.Context(), &wire.AnswerExtension{MessageId: "m-4", ExternalRef: "RX1", ExtensionNo: "e-1", Granted: false, Remark: "不同意", At: at})),
				"follow":   second(h.RecordFollowUp(t.Context(), &wire.RecordFollowUp{MessageId: "m-5", ExternalRef: "RX1", FollowUp: vocabulary.FollowUp{Reached: false, Comment: "无人接听", At: at}})),
				"cancel":   second(h.CancelOrder(t.Context(), &wire.CancelOrder{MessageId: "m-6", ExternalRef: "RX1", Reason: "重复报修"})),
			} {
				if f := (*soap.Fault)(nil); err != nil && !errors.As(err, &f) {
					t.Errorf("%s: %v", name, err)
				}
			}
			h.log.Golden(t, charset, "SubmitOrder", "AmendOrder", "CancelOrder", "ExpediteOrder", "QueryOrder", "RecordFollowUp", "AnswerExtension")
		})
	}
}

func second[T any](_ T, err error) error { return err }
