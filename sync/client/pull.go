package client

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sothon/sothon/sync/ledger"
)

// maxAlso bounds the cursors of other units that a pull names.
const maxAlso = 16

// askedEvery is how long a unit that has nothing new goes without a pull of its
// own.
const askedEvery = time.Hour

// Query makes the parameters of the next pull. The server's own limit holds
// where limit is 0. The answer tells which of the other books have nothing new; a
// book may be named once a pull of it has come to an end and nothing was pushed
// since, and it is pulled itself at least once an hour. [Client.SyncAll] does that.
func (b *Book) Query(limit int, also ...*Book) url.Values {
	q := url.Values{}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if b.Cursor != nil {
		q.Set("after", strconv.FormatUint(uint64(b.Cursor.Seq), 10))
		q.Set("log", string(b.Cursor.Log))
		q.Set("hash", b.Cursor.Hash)
		if b.View != "" {
			q.Set("view", b.View)
		}
	}
	if b.Asked && b.Cursor != nil {
		for _, h := range b.Heads {
			if h.Log == b.Cursor.Log {
				q.Add("earlier", fmt.Sprintf("%d:%s", h.Seq, h.Hash))
			}
		}
	}
	if b.Tip != nil {
		q.Set("tipSeq", strconv.FormatUint(uint64(b.Tip.Seq), 10))
		q.Set("tipHash", b.Tip.Hash)
	}
	for _, o := range also[:min(len(also), maxAlso)] {
		if o.Cursor == nil || o.View == "" {
			continue
		}
		q.Add("also", fmt.Sprintf("%s:%s:%d:%s:%s", o.Unit, o.Cursor.Log, o.Cursor.Seq, o.Cursor.Hash, o.View))
	}
	return q
}

// sure reports whether the book's cursor may be named in another unit's pull: it
// ends a pull of the last hour, and nothing was pushed after it or waits.
func (b *Book) sure(now time.Time) bool {
	return b.Cursor != nil && b.View != "" && b.Tip == nil && !b.Asked && b.Cursor.Seq >= b.Pushed &&
		b.Waiting() == 0 && !b.InDoubt() && now.Sub(b.Pulled).Abs() < askedEvery
}

// PageEnd is what a page says beside its records.
type PageEnd struct {
	Head
	Tip  *Head  `json:"tip,omitempty"`
	View string `json:"view,omitempty"`
	More bool   `json:"more"`
	// Unchanged are those of the other units that were named which have nothing
	// new: they need no pull now.
	Unchanged []ledger.UnitID `json:"unchanged,omitempty"`
}

// Page takes the body of a 200 to a pull, and reports whether there is more to
// ask for. The records and the cursor must be stored in one transaction.
func (b *Book) Page(body []byte) (more bool, err error) {
	end, err := b.page(body)
	return end.More, err
}

func (b *Book) page(body []byte) (PageEnd, error) {
	var page struct {
		PageEnd
		Records []json.RawMessage `json:"records"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return PageEnd{}, fmt.Errorf("pull %s: %w", b.Unit, err)
	}
	ids := make([]string, len(page.Records))
	gone := make([]bool, len(page.Records))
	for i, text := range page.Records {
		var r struct {
			ID   ledgerID
			Gone bool
			erased
		}
		if err := json.Unmarshal(text, &r); err != nil {
			return PageEnd{}, fmt.Errorf("pull %s: record %d: %w", b.Unit, i, err)
		}
		ids[i], gone[i] = ledger.RecordID(r.ID).String(), r.Gone
		if err := b.blank(ledger.RecordID(r.ID), &r.erased); err != nil {
			return PageEnd{}, fmt.Errorf("pull %s: record %d: %w", b.Unit, i, err)
		}
	}
	if b.Records == nil {
		b.Records = map[string]json.RawMessage{}
	}
	for i, id := range ids {
		if gone[i] {
			delete(b.Records, id)
		} else {
			b.Records[id] = page.Records[i]
		}
	}
	b.Advance(page.PageEnd)
	return page.PageEnd, nil
}

// Advance moves the cursor to the end of a page. Page does it; a client that
// keeps its records elsewhere does it with them.
func (b *Book) Advance(end PageEnd) {
	b.Asked = false
	if end.Seq > 0 {
		b.Cursor, b.Tip, b.View = &end.Head, end.Tip, end.View
	}
	if !end.More {
		b.Seen = end.Seq
		b.remember(end.Head)
	}
}

// maxHeads bounds the heads that are kept: dense at the end, ever sparser before.
const maxHeads = 24

func (b *Book) remember(h Head) {
	b.Heads = slices.DeleteFunc(b.Heads, func(o Head) bool { return o.Log != h.Log || o.Seq >= h.Seq })
	if h.Seq == 0 {
		return
	}
	b.Heads = append(b.Heads, h)
	if len(b.Heads) <= maxHeads {
		return
	}
	// The one goes whose neighbours are closest, as seen from the end.
	at, least := 1, math.Inf(1)
	for i := 1; i+1 < len(b.Heads); i++ {
		gap := float64(b.Heads[i+1].Seq-b.Heads[i-1].Seq) / float64(h.Seq-b.Heads[i].Seq)
		if gap < least {
			at, least = i, gap
		}
	}
	b.Heads = slices.Delete(b.Heads, at, at+1)
}

// ledgerID reads a record's identity from JSON.
type ledgerID ledger.RecordID

func (id *ledgerID) UnmarshalText(text []byte) error {
	r, err := ledger.ParseRecordID(string(text))
	*id = ledgerID(r)
	return err
}
