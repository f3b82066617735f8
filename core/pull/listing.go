package pull

// Lister is a source whose answers may be longer than a page. Every run reads it through a
// [Listing] of its own.
type Lister interface {
	Source
	// Open begins a listing; nothing is asked for yet.
	Open() (Listing, error)
}

// Listing is a source as one run reads it: its pages are fetched one after the other, and what
// one answer holds beyond a page is kept for the next ones until Close.
type Listing interface {
	Source
	// Resumes tells whether page n of another listing of the same window is this page n.
	// Where it is not, as in a list that comes in one answer and moves on meanwhile, a run that
	// was interrupted begins with the first page again: what it has stored is known by then.
	Resumes() bool
	// Close lets go of what is kept. It may be called while a Fetch is under way.
	Close() error
}

// open gives a job whose source is there for this run alone, where there is such a source.
func (j *Job) open() (one *Job, resumes bool, end func() error, err error) {
	lister, ok := j.Source.(Lister)
	if !ok {
		return j, true, func() error { return nil }, nil
	}
	listing, err := lister.Open()
	if err != nil {
		return nil, false, nil, err
	}
	own := *j
	own.Source = listing
	return &own, listing.Resumes(), listing.Close, nil
}
