package newconnection

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"tundish/adapters/standard"
	"tundish/core/pull"
	wire "tundish/wsdl/newconnection"
	"tundish/wsdl/xml"
)

// Source pulls pending installations.
type Source struct {
	peer   standard.Peer
	client *wire.NewConnectionSystemClient
}

var _ pull.Source = (*Source)(nil)

// NewSource makes the source of a system.
func NewSource(p standard.Peer) (*Source, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	return &Source{peer: p, client: wire.NewNewConnectionSystemClient(p.Client)}, nil
}

// Fetch lists one page. It calls past the generated client, whose answer would refuse the
// page for one bad item.
func (s *Source) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	y, h := s.peer.System, s.peer.Reading()
	ctx, message := standard.Keeping(ctx)
	answer := &standard.Page{Name: xml.Name{Space: wire.Namespace, Local: "GetPendingInstallationsResponse"}}
	err := s.peer.Client.Call(ctx, wire.Namespace+"/GetPendingInstallations", &wire.GetPendingInstallations{
		MessageId: h.MessageId, SentAt: h.SentAt,
		WindowFrom: y.Time(w.From), WindowTo: y.Time(w.To), PageNo: int32(page), PageSize: int32(size),
	}, answer, faultDetails)
	if err != nil {
		return pull.Page{}, fmt.Errorf("list pending installations: %w", err)
	}
	return y.Pulled(answer, *message), nil
}

// Confirm tells the source which orders the hub has.
func (s *Source) Confirm(ctx context.Context, rs []pull.Receipt) error {
	for _, piece := range s.peer.System.Confirmations(rs, s.peer.Clock.Now()) {
		h := s.peer.Reading()
		a, err := s.client.ConfirmReceived(ctx, &wire.ConfirmReceived{MessageId: h.MessageId, SentAt: h.SentAt, Received: piece})
		if err != nil {
			return fmt.Errorf("confirm %d orders: %w", len(piece), err)
		}
		if err := standard.Confirmed(&a.Acknowledgement); err != nil {
			return err
		}
		if len(a.Unknown) > 0 {
			s.peer.Log.Warn("the source does not know orders that it listed", zap.String("op", "ConfirmReceived"), zap.Strings("external_ref", a.Unknown))
		}
	}
	return nil
}
