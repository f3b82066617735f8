// Package desk is what people do to an order: the control room accepts, returns,
// holds, reviews and follows up; a crew accepts, sets out, arrives and completes.
// Each act is one decision of core/life, made durable together with its event and
// whatever is owed for it.
package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http" // DetectContentType only
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Store is what the desk needs of the order store.
type Store interface {
	life.Store
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
	CrewDays(ctx context.Context, day string) ([]core.CrewDay, error)
	Crews(ctx context.Context) ([]core.Crew, error)
}

// Options of a Service.
type Options struct {
	Clock core.Clock
	Rules func() *life.Rules
	// Opener takes in orders of the house's own; nil: nobody opens any.
	Opener Opener
}

// Service acts for people.
type Service struct {
	store Store
	opts  Options
}

// New makes a Service.
func New(store Store, o Options) (*Service, error) {
	if store == nil || o.Clock == nil || o.Rules == nil {
		return nil, errors.New("desk: store, clock and rules are required")
	}
	return &Service{store: store, opts: o}, nil
}

// By is who acts, and what they remark.
type By = life.By

type decision func(*life.Rules, core.WorkOrder, life.Step) (core.Unit, error)

func (s *Service) do(ctx context.Context, no core.OrderNo, by By, decide decision) (core.WorkOrder, error) {
	rules := s.opts.Rules()
	return rules.Decide(ctx, s.store, no, by.Step(s.opts.Clock.Now()), func(o core.WorkOrder) (core.Unit, error) {
		if by.Expected != 0 && by.Expected != o.Version {
			return rules.Act(o, life.Command{Expected: by.Expected}, by.Step(s.opts.Clock.Now())) // which says what is allowed now
		}
		return decide(rules, o, by.Step(s.opts.Clock.Now()))
	})
}

// Accept is the acceptance review 接单审核.
func (s *Service) Accept(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Accept)
}

// Return 退单 sends the order back to its source; by.Remark is the reason.
func (s *Service) Return(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Return)
}

// Hold 挂起; by.Remark is the reason.
func (s *Service) Hold(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Hold)
}

// Resume 恢复 ends a hold.
func (s *Service) Resume(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Resume)
}

// Note puts by.Remark on the timeline.
func (s *Service) Note(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Note)
}

// Unassign takes an order back from its crew.
func (s *Service) Unassign(ctx context.Context, no core.OrderNo, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, (*life.Rules).Unassign)
}

// Review passes a result, which releases it to its source, or sends it back to the crew.
func (s *Service) Review(ctx context.Context, no core.OrderNo, passed bool, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.Review(o, passed, st)
	})
}

// FollowUp records the call after the work 回访.
func (s *Service) FollowUp(ctx context.Context, no core.OrderNo, f core.FollowUp, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.FollowUp(o, f, st)
	})
}

// Advance records how far a crew has got: accepted, travel, on_site.
func (s *Service) Advance(ctx context.Context, no core.OrderNo, crew string, to core.FieldState) (core.WorkOrder, error) {
	return s.do(ctx, no, crewed(By{}, crew), func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.Advance(o, crew, to, st)
	})
}

// RequestExtension 延期 asks the order's source for a deadline of until.
func (s *Service) RequestExtension(ctx context.Context, no core.OrderNo, until time.Time, reason string, by By) (core.WorkOrder, error) {
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		return r.RequestExtension(o, until, reason, st)
	})
}

// crewed lets a crew act, unless it is known which of its people does.
func crewed(by By, crew string) By {
	if by.Actor.Crew == "" && !by.Actor.All {
		by.Actor = life.Actor{ID: "crew:" + crew, Crew: crew}
	}
	return by
}

// Limits of a completion's photos.
const (
	MaxPhotos     = 6
	MaxPhotoBytes = 4 << 20
)

// Photo as it comes from a crew.
type Photo struct {
	Name    string    `json:"name"`
	TakenAt time.Time `json:"taken_at,omitzero"`
	Bytes   []byte    `json:"bytes"`
}

// Complete ends a visit 销单. An empty crew is the control room keying in paper.
// The photos commit with the completion. What is not the crew's to say, who reviewed it,
// whose it is and which stored photos belong to it, is not taken from c.
func (s *Service) Complete(ctx context.Context, no core.OrderNo, crew string, c core.Completion, photos []Photo, by By) (core.WorkOrder, error) {
	c.Review, c.CrewID, c.Photos = nil, "", nil
	list, blobs, err := attach(photos)
	c.Photos = list
	if err != nil {
		return core.WorkOrder{}, err
	}
	if crew != "" {
		by = crewed(by, crew)
	}
	return s.do(ctx, no, by, func(r *life.Rules, o core.WorkOrder, st life.Step) (core.Unit, error) {
		if err := s.fresh(ctx, r, &o, c.NewSerial); err != nil {
			return core.Unit{}, err
		}
		u, err := r.Complete(o, crew, c, st)
		u.Blobs = blobs
		return u, err
	})
}

// attach checks photos by their content and names them as an order keeps them.
func attach(photos []Photo) (list []core.Attachment, blobs []core.Blob, err error) {
	if len(photos) > MaxPhotos {
		return nil, nil, core.Invalidf("too_many", "photos", "%d photos; at most %d are taken", "照片 %d 张，最多 %d 张", len(photos), MaxPhotos)
	}
	for i, p := range photos {
		field := fmt.Sprintf("photos[%d]", i)
		if len(p.Bytes) == 0 || len(p.Bytes) > MaxPhotoBytes {
			return nil, nil, core.Invalidf("photo_size", field, "the photo has %d bytes; 1 to %d are taken", "照片大小 %d 字节；允许 1 到 %d", len(p.Bytes), MaxPhotoBytes)
		}
		kind := http.DetectContentType(p.Bytes)
		if kind != "image/jpeg" && kind != "image/png" && kind != "image/webp" {
			return nil, nil, core.Invalidf("photo_type", field, "the content is %s; JPEG, PNG and WebP are taken", "内容类型为 %s；只接受 JPEG、PNG、WebP", kind)
		}
		sum := sha256.Sum256(p.Bytes)
		digest := hex.EncodeToString(sum[:])
		blobs = append(blobs, core.Blob{SHA256: digest, ContentType: kind, Bytes: p.Bytes})
		list = append(list, core.Attachment{Name: p.Name, ContentType: kind, SHA256: digest, Size: int64(len(p.Bytes)), TakenAt: p.TakenAt})
	}
	return list, blobs, nil
}
