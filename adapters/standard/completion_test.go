package standard

import (
	"context"
	"strings"
	"testing"
	"time"

	"tundish/core"
)

type blobs map[string][]byte

func (b blobs) Blob(_ context.Context, sha string) (core.Blob, error) {
	if c, ok := b[sha]; ok {
		return core.Blob{SHA256: sha, Bytes: c}, nil
	}
	return core.Blob{}, core.Fail(core.NotFound, "no_blob", "", "there is no such blob", "没有该附件")
}

func finished(family core.Family, c core.Completion) *core.WorkOrder {
	c.FinishedAt = time.Date(2026, 5, 11, 2, 0, 0, 0, time.UTC)
	return &core.WorkOrder{No: "W26-0000001-1", Ref: core.Ref{System: "hotline", External: "1"}, Family: family, Phase: core.Closed,
		Meter: core.Meter{Serial: "OLD"}, Completions: []core.Completion{c}}
}

func TestEachFamilyTellsItsOwnMeterWork(t *testing.T) {
	work := core.Completion{Outcome: core.Done, OldFinalReading: "0", NewSerial: "NEW", NewInitialReading: "0", RecheckedReading: "0.0"}
	unread := work
	unread.OldFinalReading = ""
	for name, c := range map[string]struct {
		order *core.WorkOrder
		want  string
	}{
		"replacement":          {finished(core.Replacement, work), "<MeterExchange><OldSerial>OLD</OldSerial><OldFinalReading>0</OldFinalReading><NewSerial>NEW</NewSerial><NewInitialReading>0</NewInitialReading>"},
		"unread":               {finished(core.Replacement, unread), `<OldFinalReading xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`},
		"removal":              {finished(core.Removal, work), "<MeterRemoval><Serial>OLD</Serial><FinalReading>0</FinalReading>"},
		"installation":         {finished(core.Installation, work), "<MeterInstallation><Serial>NEW</Serial><InitialReading>0</InitialReading>"},
		"recheck":              {finished(core.Recheck, work), "<RecheckedReading>0.0</RecheckedReading>"},
		"repair with exchange": {finished(core.Repair, work), "<MeterExchange>"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := system(t, nil).Completion(t.Context(), c.order, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := encoded(t, v); !strings.Contains(got, c.want) || strings.Count(got, "<Meter")+strings.Count(got, "<Recheck>") != 1 || !strings.Contains(got, "<SlipLeft>false</SlipLeft>") {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
	v, err := system(t, nil).Completion(t.Context(), finished(core.Replacement, core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access", NewSerial: "X"}), nil)
	if err != nil || strings.Contains(encoded(t, v), "Meter") {
		t.Errorf("could not be done tells of meters: %v", err)
	}
}

func TestAResultWithoutItsReadingDoesNotLeaveAsZero(t *testing.T) {
	for name, c := range map[string]struct {
		family core.Family
		c      core.Completion
		field  string
	}{
		"no new reading":     {core.Replacement, core.Completion{NewSerial: "N"}, "Completion.NewInitialReading"},
		"no new serial":      {core.Installation, core.Completion{NewInitialReading: "0"}, "Completion.Serial"},
		"no check reading":   {core.Recheck, core.Completion{}, "Completion.RecheckedReading"},
		"a senseless number": {core.Removal, core.Completion{OldFinalReading: "12a"}, "Completion.FinalReading"},
	} {
		t.Run(name, func(t *testing.T) {
			c.c.Outcome = core.Done
			_, err := system(t, nil).Completion(t.Context(), finished(c.family, c.c), nil)
			wantRefusal(t, err, "incomplete", c.field, "cannot be written back")
		})
	}
}

func TestLongTextsAreCutToTheContract(t *testing.T) {
	long := strings.Repeat("𠮷", 5000)
	o := finished(core.Repair, core.Completion{Outcome: core.Done, Work: long, Cause: long, People: []string{long}, Review: &core.Review{Remark: long, By: long}})
	v, err := system(t, nil).Completion(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	encoded(t, v) // the encoder holds the lengths
	if n := len([]rune(v.Cause)); n != 1000 || !strings.HasSuffix(v.Cause, "…") {
		t.Errorf("cause has %d characters", n)
	}
}

func TestPhotosGoAlongAsFarAsTheyFit(t *testing.T) {
	store := blobs{"a": []byte("aaaa"), "b": []byte("bbbb"), "c": []byte("cc")}
	o := finished(core.Repair, core.Completion{Outcome: core.Done, Photos: []core.Attachment{
		{Name: "a.jpg", ContentType: "image/jpeg", SHA256: "a", Size: 4}, {Name: "b.jpg", ContentType: "image/jpeg", SHA256: "b", Size: 4}, {Name: "c.jpg", ContentType: "image/jpeg", SHA256: "c", Size: 2}}})
	names := func(change func(*Settings)) string {
		v, err := system(t, change).Completion(t.Context(), o, store)
		if err != nil {
			t.Fatal(err)
		}
		var s []string
		for _, p := range v.Photo {
			s = append(s, p.Name+"="+string(p.Content))
		}
		return strings.Join(s, " ")
	}
	for want, change := range map[string]func(*Settings){
		"a.jpg=aaaa b.jpg=bbbb c.jpg=cc": nil,
		"a.jpg=aaaa c.jpg=cc":            func(s *Settings) { s.MessagePhotoBytes = 6 },
		"c.jpg=cc":                       func(s *Settings) { s.PhotoBytes = 3 },
		"":                               func(s *Settings) { s.NoPhotos = true },
	} {
		if got := names(change); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	delete(store, "b")
	if _, err := system(t, nil).Completion(t.Context(), o, store); !core.IsKind(err, core.NotFound) {
		t.Errorf("a lost photo gave %v", err)
	}
}

func TestAStatusIsToldInTheSystemsWords(t *testing.T) {
	s := system(t, func(s *Settings) {
		s.Codes.Status = Table{Pairs: []Pair{{"D", "dispatched"}, {"C", "completed"}}, Unmapped: Refuse}
	})
	o := core.WorkOrder{No: "W1", Ref: core.Ref{External: "1"}, Phase: core.Field, Assignment: &core.Assignment{CrewID: "C017"}}
	v, err := s.Status(&core.WriteBack{Kind: core.TellStatus, Status: core.StatusDispatched, Order: o})
	if err != nil || v.Status != "D" || v.Phase != "field" || v.CrewId != "C017" || v.Outcome != "" {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = s.Status(&core.WriteBack{Kind: core.TellStatus, Status: core.StatusOnHold, Order: o})
	wantRefusal(t, err, "unknown_code", "OrderStatus.Status", "on_hold")

	done := finished(core.Service, core.Completion{Outcome: core.Done, Work: "cleared"})
	v, err = s.Status(&core.WriteBack{Kind: core.TellResult, Status: core.StatusClosed, Order: *done})
	if err != nil || v.Status != "C" || v.Outcome != "done" || v.Remark != "cleared" {
		t.Errorf("a result told by a status: %+v, %v", v, err)
	}
}
