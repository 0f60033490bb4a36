package syncing

import (
	"net/http"
	"slices"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// pages remembers pages of pulls as they were written, for the evening when
// all phones of a village pull the same. A page is remembered only where every
// collector of the unit sees the same in it.
type pages struct {
	mu      sync.Mutex
	entries map[pageKey][]byte
	size    int
}

// pageKey determines a page: what was asked, and the ledger it was asked of.
type pageKey struct {
	unit           ledger.UnitID
	tip            ledger.Hash
	after, through ledger.Seq // where it ends depends on who asks
	limit          int
}

// maxPages bounds what is remembered, in bytes. Beyond it all is forgotten:
// a page that is asked for again is soon back.
const maxPages = 8 << 20

func (p *pages) get(k pageKey) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, ok := p.entries[k]
	return body, ok
}

func (p *pages) put(k pageKey, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil || p.size+len(body) > maxPages {
		p.entries, p.size = map[pageKey][]byte{}, 0
	}
	if _, ok := p.entries[k]; !ok {
		p.entries[k] = body
		p.size += cap(body)
	}
}

// encodedPage is an answer to a pull whose JSON is made.
type encodedPage []byte

// withUnchanged puts into a page which other units have nothing new. The page
// itself may be remembered, and stays as it is.
func withUnchanged(page []byte, units []ledger.UnitID) encodedPage {
	if len(units) == 0 {
		return page
	}
	body := append(slices.Clone(page[:len(page)-1]), `,"unchanged":[`...)
	for i, unit := range units {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendString(body, string(unit))
	}
	return append(body, `]}`...)
}

// VisitPullChangesResponse writes the answer.
func (b encodedPage) VisitPullChangesResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(b)
	return err
}
