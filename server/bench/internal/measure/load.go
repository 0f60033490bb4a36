package measure

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// lane is the work of one phone, or of one writer of the baseline: each step
// begins when the one before it has ended.
type lane struct {
	village int
	steps   []func(context.Context) error
}

// load carries out lanes, a bounded number of steps at once, each lane in its turn.
type load struct {
	atOnce int
	now    func() time.Time
	// finished, where it is not nil, is called when the last step of a village
	// has ended, and is part of the work.
	finished func(ctx context.Context, village int) error
}

// run returns how long all of it took, and how long each step.
func (l *load) run(ctx context.Context, lanes []lane) (took time.Duration, steps []time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	waiting := make(chan *lane, len(lanes)) // Invariant: holds a lane at most once
	total := 0
	var left atomic.Int64 // lanes with steps
	villages := map[int]*atomic.Int64{}
	for i := range lanes {
		waiting <- &lanes[i]
		left.Add(1)
		total += len(lanes[i].steps)
		if villages[lanes[i].village] == nil {
			villages[lanes[i].village] = &atomic.Int64{}
		}
		villages[lanes[i].village].Add(1)
	}
	steps = make([]time.Duration, 0, total)
	var mu sync.Mutex // guards steps
	// step takes one step of a lane, and reports whether the lane has more.
	step := func(on *lane) (bool, error) {
		do := on.steps[0]
		on.steps = on.steps[1:]
		begun := l.now()
		if err := do(ctx); err != nil {
			return false, err
		}
		ended := l.now()
		mu.Lock()
		steps = append(steps, ended.Sub(begun))
		mu.Unlock()
		if len(on.steps) > 0 {
			return true, nil
		}
		if villages[on.village].Add(-1) == 0 && l.finished != nil {
			return false, l.finished(ctx, on.village)
		}
		return false, nil
	}
	var workers sync.WaitGroup
	begun := l.now()
	for range l.atOnce {
		workers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case on, ok := <-waiting:
					if !ok {
						return
					}
					more, err := step(on)
					if err != nil {
						cancel(err)
						return
					}
					if more {
						waiting <- on
					} else if left.Add(-1) == 0 {
						close(waiting)
					}
				}
			}
		})
	}
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return 0, nil, cause
	}
	if left.Load() > 0 {
		return 0, nil, errors.New("the load was not carried out")
	}
	return l.now().Sub(begun), steps, nil
}
