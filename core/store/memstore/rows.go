package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// rowKey is what a job's row is remembered by; at is in milliseconds, 0 for none.
type rowKey struct {
	job              string
	at               int64
	external, period string
}

func keyOf(r *core.JobRow, at time.Time) rowKey {
	k := rowKey{job: r.Job, external: r.Ref.External, period: r.Ref.Period}
	if !at.IsZero() {
		k.at = at.UnixMilli()
	}
	return k
}

func (s *Store) listed(tx *undo, rows []core.JobRow) {
	for _, r := range rows {
		if !r.Was.IsZero() {
			k := keyOf(&r, r.Was)
			s.forgetRow(tx, k)
		}
		k := keyOf(&r, r.SourceAt)
		r.Ref.System, r.SourceAt, r.Seen, r.Was, r.New = "", millis(r.SourceAt), millis(r.Seen), time.Time{}, false
		put(tx, s.rows, k, r)
	}
}

// UnseenRows lists rows of a window that no run listed lately.
func (s *Store) UnseenRows(ctx context.Context, job string, from, to, seen time.Time, n int) ([]core.JobRow, error) {
	return s.jobRows(ctx, job, n, func(r *core.JobRow, o *core.WorkOrder) bool {
		return !r.SourceAt.IsZero() && !r.SourceAt.Before(from) && r.SourceAt.Before(to) && r.Seen.Before(seen) && r.Vanished == "" &&
			!o.Phase.Ended() && !o.Phase.WorkBegun()
	}, func(a, b core.JobRow) int {
		return cmp.Or(a.SourceAt.Compare(b.SourceAt), strings.Compare(a.Ref.External, b.Ref.External), strings.Compare(a.Ref.Period, b.Ref.Period))
	})
}

// VanishedRows lists rows that runs missed.
func (s *Store) VanishedRows(ctx context.Context, job string, n int) ([]core.JobRow, error) {
	return s.jobRows(ctx, job, n, func(r *core.JobRow, o *core.WorkOrder) bool { return r.Vanished != "" && !o.Phase.Ended() },
		func(a, b core.JobRow) int { return cmp.Compare(a.No, b.No) })
}

func (s *Store) jobRows(ctx context.Context, job string, n int, want func(*core.JobRow, *core.WorkOrder) bool, order func(a, b core.JobRow) int) (out []core.JobRow, err error) {
	err = s.read(ctx, func() {
		for _, r := range s.rows {
			if o := s.orders[r.No]; r.Job == job && o != nil && want(&r, &o.value) {
				out = append(out, r)
			}
		}
	})
	slices.SortFunc(out, order)
	return out[:min(len(out), n)], err
}

func (s *Store) forgetRow(tx *undo, k rowKey) {
	if old, ok := s.rows[k]; ok {
		delete(s.rows, k)
		tx.add(func() { s.rows[k] = old })
	}
}

// forget lets go of a job's oldest rows; see core.JobState.
func (s *Store) forget(tx *undo, j *core.JobState) {
	if j.ForgetBefore.IsZero() {
		return
	}
	var old []rowKey
	for k := range s.rows {
		if k.job == j.Job && k.at < j.ForgetBefore.UnixMilli() {
			old = append(old, k)
		}
	}
	slices.SortFunc(old, func(a, b rowKey) int { return cmp.Compare(a.at, b.at) })
	for _, k := range old[:min(len(old), core.RowsForgotten)] {
		s.forgetRow(tx, k)
	}
}
