package archive

import (
	"strings"
	"sync"

	"github.com/sothon/sothon/sync/ledger"
)

// watchers are told of reports.
type watchers struct {
	mu  sync.Mutex
	all []func(unit ledger.UnitID, report string) // guarded by mu
}

// Watch calls a function after each change of a report that this server stores.
// The function must not wait.
func (a *Archive) Watch(changed func(unit ledger.UnitID, report string)) {
	a.watchers.mu.Lock()
	defer a.watchers.mu.Unlock()
	a.watchers.all = append(a.watchers.all, changed)
}

func (w *watchers) tell(id string) {
	unit, _, _ := strings.Cut(id, ".")
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, changed := range w.all {
		changed(ledger.UnitID(unit), id)
	}
}
