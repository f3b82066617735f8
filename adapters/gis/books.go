package gis

import (
	"context"

	"tundish/adapters/standard"
	wire "tundish/wsdl/gis"
	"tundish/wsdl/xsd"
)

// NewBooks reads the system's own books.
func NewBooks(p standard.Peer) (*standard.Books, error) {
	client := wire.NewGISSystemClient(p.Client)
	return p.Books(func(ctx context.Context, h standard.Head, from, to *xsd.DateTime, page, size int32) (standard.BookPage, error) {
		a, err := client.ListOrders(ctx, &wire.ListOrders{
			MessageId: h.MessageId, Sequence: h.Sequence, SentAt: h.SentAt,
			WindowFrom: from, WindowTo: to, PageNo: page, PageSize: size,
		})
		if err != nil {
			return standard.BookPage{}, err
		}
		return standard.BookPage{Entries: a.Entry, More: a.More}, nil
	})
}
