package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// maxCron is how long a cron line may be, in bytes.
const maxCron = 200

var (
	parser    = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	cronField = regexp.MustCompile(`^[0-9A-Za-z*?/-]+(,[0-9A-Za-z*?/-]+)*$`)
	// someDay is where the search for a first occurrence begins.
	someDay = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// CheckCron reports a line that is not a cron line of five fields: minute,
// hour, day of the month, month and day of the week, as "30 7 15 6 *". It also
// refuses one that never comes due, as on the 30th of February. The time
// zone is the runner's; a line cannot have its own.
func CheckCron(line string) error {
	_, err := parse(line)
	return err
}

// Next returns the first occurrence of a cron line after a moment, in the
// location's time.
func Next(line string, from time.Time, location *time.Location) (time.Time, error) {
	s, err := parse(line)
	if err != nil {
		return time.Time{}, err
	}
	return nextAfter(s, from.In(location)), nil
}

// ErrNever says that a cron line has no occurrence, as on the 30th of February.
var ErrNever = errors.New("the cron line never comes due")

// FieldError says that a field of a cron line is not understood, or outside its
// range.
type FieldError struct {
	Field int // 0 … 4: minute, hour, day of the month, month, day of the week
	Err   error
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("field %d of the cron line: %v", e.Field+1, e.Err)
}

// Unwrap returns what is wrong with the field.
func (e *FieldError) Unwrap() error { return e.Err }

func parse(line string) (cron.Schedule, error) {
	if len(line) > maxCron {
		return nil, fmt.Errorf("a cron line of more than %d bytes", maxCron)
	}
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return nil, fmt.Errorf("a cron line has five fields, not %d", len(fields))
	}
	for i, field := range fields {
		if !cronField.MatchString(field) {
			return nil, &FieldError{i, fmt.Errorf("%q is not understood", field)}
		}
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = field
		if _, err := parser.Parse(strings.Join(alone, " ")); err != nil {
			return nil, &FieldError{i, err}
		}
	}
	s, err := parser.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("cron line: %w", err)
	}
	if nextAfter(s, someDay).IsZero() {
		return nil, ErrNever
	}
	return s, nil
}

// nextAfter looks further than the five years after which a schedule gives up: a
// 29th of February may be eight years away.
func nextAfter(s cron.Schedule, from time.Time) time.Time {
	for range 3 {
		if t := s.Next(from); !t.IsZero() {
			return t
		}
		from = time.Date(from.Year()+6, time.January, 1, 0, 0, 0, 0, from.Location()).Add(-time.Second)
	}
	return time.Time{}
}

// missed returns the last occurrences after one moment and up to another, at
// most n. It looks back further and further, so that a line for every
// minute costs no more after a year than after a day.
func missed(s cron.Schedule, after, until time.Time, most int) []time.Time {
	if nextAfter(s, after).After(until) {
		return nil
	}
	for back := time.Hour; ; back *= 4 {
		from := until.Add(-back)
		whole := !from.After(after)
		if whole {
			from = after
		}
		var found []time.Time
		for t := nextAfter(s, from); !t.IsZero() && !t.After(until); t = nextAfter(s, t) {
			found = append(found, t)
		}
		if whole || len(found) >= most {
			return found[max(0, len(found)-most):]
		}
	}
}
