package desk

import (
	"context"
	"slices"
	"time"

	"github.com/sothon/sothon/api/contract"
	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// people tells what the devices of collectors said last.
type people struct {
	directory *accounts.Directory
	presences *accounts.Presences
}

// add lists each unit's collectors with what their devices said last.
func (s *people) add(ctx context.Context, v *overview, _ []ledger.UnitID) error {
	people, err := s.directory.People(ctx)
	if err != nil {
		return err
	}
	devices, err := s.directory.AllDevices(ctx)
	if err != nil {
		return err
	}
	for i := range people {
		user := &people[i].Value
		if user.Role != form.RoleCollector || user.Disabled || !slices.ContainsFunc(user.Units, func(id ledger.UnitID) bool { return v.unit(id) != nil }) {
			continue
		}
		view := contract.PersonPresence{User: user.ID}
		for j := range devices {
			if d := &devices[j].Value; d.User != user.ID || d.Revoked {
				continue
			}
			p, err := s.presences.Of(ctx, devices[j].Value.ID)
			if err != nil {
				return err
			}
			addPresence(&view, &p)
		}
		for _, id := range user.Units {
			if u := v.unit(id); u != nil {
				u.People = append(u.People, view)
			}
		}
	}
	return nil
}

// addPresence adds what one device said to what a person's devices said.
func addPresence(view *contract.PersonPresence, p *accounts.Presence) {
	last := func(m ledger.Millis) time.Time {
		if m == 0 {
			return time.Time{}
		}
		return m.Time()
	}
	push, pull := last(p.LastPush), last(p.LastPull)
	if push.After(view.LastPushAt) || pull.After(view.LastPullAt) || view.Client == "" {
		view.Client = p.Client
	}
	if push.After(view.LastPushAt) {
		view.LastPushAt = push
	}
	if pull.After(view.LastPullAt) {
		view.LastPullAt = pull
	}
	view.Unsent += p.Unsent
	view.UnsentPhotos += p.Photos
	view.UnsentSince = earlier(view.UnsentSince, last(p.UnsentSince))
	view.SkewSeconds = max(view.SkewSeconds, p.Skew)
}
