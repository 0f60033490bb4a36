package files

import (
	"context"
	"errors"
	"time"

	"github.com/sothon/sothon/sync/store"
)

// usage counts what was promised on a day.
type usage struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// quota bounds what people and units promise on a day.
type quota struct {
	now      func() time.Time
	location *time.Location
	usage    store.Table[usage] // by day/…
}

func newQuota(backend store.Backend, now func() time.Time, at *time.Location) *quota {
	return &quota{now, at, store.NewTable[usage](backend, "usage")}
}

// charge counts a promise and the bytes that are to come, or returns [ErrDay]
// where the person or the unit has no room left today.
func (q *quota) charge(ctx context.Context, p Announced, size int64) error {
	day := q.now().In(q.location).Format(time.DateOnly)
	err := q.count(ctx, day+"/user/"+string(p.User), size, usage{maxFilesOfUser, MaxBytesOfUser})
	if err == nil {
		err = q.count(ctx, day+"/unit/"+string(p.Unit), size, usage{maxFilesOfUnit, maxBytesOfUnit})
	}
	return err
}

func (q *quota) count(ctx context.Context, id string, size int64, limit usage) error {
	for {
		_, err := q.usage.Update(ctx, id, func(u *usage) error {
			if u.Files+1 > limit.Files || u.Bytes+size > limit.Bytes {
				return ErrDay
			}
			u.Files, u.Bytes = u.Files+1, u.Bytes+size
			return nil
		})
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		_, err = q.usage.Add(ctx, id, usage{1, size})
		if !errors.Is(err, store.ErrTaken) {
			return err
		}
	}
}

// UntilTomorrow is how long it takes until the day's room is there again.
func (q *quota) UntilTomorrow() time.Duration {
	now := q.now().In(q.location)
	y, m, d := now.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, q.location).Sub(now)
}

// dropCounts drops the counts of days before yesterday, and of days that only a
// wrong clock has seen.
func (q *quota) dropCounts(ctx context.Context) error {
	today := q.now().In(q.location)
	yesterday, later := today.AddDate(0, 0, -1).Format(time.DateOnly), today.AddDate(0, 0, 2).Format(time.DateOnly)
	return q.usage.Each(ctx, "", func(s *store.Stored[usage]) error {
		if s.ID >= yesterday && s.ID < later {
			return nil
		}
		return q.usage.Delete(ctx, s.ID)
	})
}
