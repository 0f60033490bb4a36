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

// charge counts a promise and the bytes that are to come, or returns [ErrDay]
// where the person or the unit has no room left today.
func (f *Files) charge(ctx context.Context, p Promise, size int64) error {
	day := f.Now().In(f.Location).Format(time.DateOnly)
	err := f.count(ctx, day+"/user/"+string(p.User), size, usage{MaxFilesOfUser, MaxBytesOfUser})
	if err == nil {
		err = f.count(ctx, day+"/unit/"+string(p.Unit), size, usage{MaxFilesOfUnit, MaxBytesOfUnit})
	}
	return err
}

func (f *Files) count(ctx context.Context, id string, size int64, limit usage) error {
	for {
		_, err := f.usage.Update(ctx, id, func(u *usage) error {
			if u.Files+1 > limit.Files || u.Bytes+size > limit.Bytes {
				return ErrDay
			}
			u.Files, u.Bytes = u.Files+1, u.Bytes+size
			return nil
		})
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		_, err = f.usage.Add(ctx, id, usage{1, size})
		if !errors.Is(err, store.ErrTaken) {
			return err
		}
	}
}

// UntilTomorrow is how long it takes until the day's room is there again.
func (f *Files) UntilTomorrow() time.Duration {
	now := f.Now().In(f.Location)
	y, m, d := now.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, f.Location).Sub(now)
}
