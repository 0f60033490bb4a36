package ledger

import "slices"

// Pace is how often somebody has changed a record within a day, which begins
// with the first of these changes. The op that made the record is not counted.
type Pace struct {
	User  UserID
	Since Millis
	Times int
}

const paceWindow = 24 * 60 * 60 * 1000 // milliseconds

// paceSkew is how far the clocks of servers may differ: a day that begins later
// is that of a clock that was wrong, and counts no more.
const paceSkew = 60 * 60 * 1000 // milliseconds

// over reports whether the day is over at a time.
func (p *Pace) over(at Millis) bool { return at >= p.Since+paceWindow || at < p.Since-paceSkew }

// Pace counts the changes of a person in the day that goes on at a time.
func (r *Record) Pace(user UserID, at Millis) int {
	for i := range r.paces {
		if p := &r.paces[i]; p.User == user && !p.over(at) {
			return p.Times
		}
	}
	return 0
}

// count notes one more change. Days that are over are forgotten.
func (r *Record) count(user UserID, at Millis) {
	paces := make([]Pace, 0, len(r.paces)+1)
	for _, p := range r.paces {
		if !p.over(at) {
			paces = append(paces, p)
		}
	}
	i := slices.IndexFunc(paces, func(p Pace) bool { return p.User == user })
	if i < 0 {
		i, paces = len(paces), append(paces, Pace{User: user, Since: at})
	}
	paces[i].Times++
	r.paces = paces
}

func (p *Pace) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("user", string(p.User))
	w.value("since", Int(int64(p.Since)))
	w.number("times", uint64(p.Times))
	return append(w.out, '}')
}

func parsePace(v Value) (p Pace, err error) {
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "user":
			p.User = UserID(r.text())
		case "since":
			p.Since = r.millis()
		case "times":
			p.Times = int(r.number(31))
		}
	}
	return p, r.err
}
