package ledger

import "testing"

// A day that a clock began which ran ahead counts no more once that is mended;
// one that another server's clock began a little later goes on.
func TestPaceOfAClockAhead(t *testing.T) {
	const day, now = paceWindow, Millis(1_800_000_000_000)
	for name, c := range map[string]struct {
		since Millis
		want  int
	}{
		"this day":               {now - 1, 7},
		"a minute ahead":         {now + 60_000, 7},
		"a year ahead":           {now + 365*day, 0},
		"a day that is over":     {now - day, 0},
		"an hour and more ahead": {now + paceSkew + 1, 0},
	} {
		r := &Record{paces: []Pace{{User: "u", Since: c.since, Times: 7}}}
		if got := r.Pace("u", now); got != c.want {
			t.Errorf("%s: %d changes, want %d", name, got, c.want)
		}
		r.count("u", now)
		if got := r.Pace("u", now); got != c.want+1 {
			t.Errorf("%s: %d changes after one more", name, got)
		}
	}
}
