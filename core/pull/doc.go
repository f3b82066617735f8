// Package pull fetches orders that a source does not send by itself, on a schedule,
// page by page.
//
// Pages are fetched ahead of the store and confirmed behind it (flow.go). The orders of
// a page, its counts and the checkpoint behind it are one unit, fenced by the job's
// lease: a killed run resumes at its page, and a run that lost its lease can no longer
// write. After a page is stored its receipt is confirmed to the source; a later
// checkpoint remembers that, so a confirmation that was lost is made good on resume.
//
// A source whose answers are longer than pages is a [Lister]: each run has a [Listing] of its
// own, which keeps what an answer holds beyond a page. Where pages are only cut from such an answer,
// their numbers are no checkpoint, and a resumed run begins with the first one.
package pull
