package standard

import (
	"context"

	"tundish/adapters/soap"
	"tundish/core"
	"tundish/core/intake"
)

// Take hands an order that a message held to use, which is the intake's Submit or Amend. The
// message is stored with the order, and found by its own id, by the source's number and by
// the hub's.
func Take(ctx context.Context, messageID string, sub intake.Submission, use func(context.Context, intake.Submission) (intake.Receipt, error)) (intake.Receipt, error) {
	identify(ctx, messageID, sub.Order.Ref.External, "")
	sub.Message = message(ctx)
	receipt, err := use(ctx, sub)
	if err != nil {
		return receipt, err
	}
	stored(ctx, sub.Order.Ref.External, receipt.No)
	return receipt, nil
}

// Obey is [Take] for a source's wish about an order that it submitted before.
func Obey(ctx context.Context, messageID string, c intake.Command, use func(context.Context, intake.Command) (intake.Receipt, error)) (intake.Receipt, error) {
	identify(ctx, messageID, c.Ref.External, "")
	c.Message = message(ctx)
	receipt, err := use(ctx, c)
	if err != nil {
		return receipt, err
	}
	stored(ctx, c.Ref.External, receipt.No)
	return receipt, nil
}

// identify makes a message findable by the numbers in its body. A caller that gave no
// wsa:MessageID but a MessageId finds it by that in its own log and in ours.
func identify(ctx context.Context, messageID, external string, no core.OrderNo) {
	soap.Identify(ctx, external, no)
	if x := soap.ExchangeOf(ctx); x != nil && x.MessageID == "" && trim(messageID) != "" {
		x.CorrelationID = trim(messageID)
	}
}
