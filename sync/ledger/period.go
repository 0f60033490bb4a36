package ledger

import (
	"crypto/sha1" //nolint:gosec // RFC 9562 defines UUID version 5 by SHA-1; nothing secret hangs on it.
	"fmt"
	"strings"
	"time"
)

// Period is a range of calendar days, both included, as YYYY-MM-DD.
type Period struct{ From, To string }

// ParsePeriod reads "2026-06-15/2026-12-14".
func ParsePeriod(s string) (Period, error) {
	from, to, _ := strings.Cut(s, "/")
	_, err1 := time.Parse(time.DateOnly, from)
	_, err2 := time.Parse(time.DateOnly, to)
	if err1 != nil || err2 != nil || from > to {
		return Period{}, fmt.Errorf("%q is not a period such as 2026-06-15/2026-12-14", s)
	}
	return Period{from, to}, nil
}

func (p Period) String() string { return p.From + "/" + p.To }

// contains reports whether a day lies in the period. Days compare as text.
func (p Period) contains(day string) bool { return p.From <= day && day <= p.To }

// PeriodID is the record that stands for a period in a unit's ledger.
func PeriodID(unit UnitID, p Period) RecordID { return NameID(string(unit), "period", p.String()) }

// namespace is the project's own: NameID("sothon") would not be its own root,
// so it is the UUIDv5 of the URL namespace and https://github.com/sothon/sothon.
var namespace = uuid5([16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8},
	"https://github.com/sothon/sothon")

// NameID is the UUID version 5 (RFC 9562, section 5.5) of a name in the
// project's namespace. The parts are joined by "/".
func NameID(parts ...string) RecordID { return uuid5(namespace, strings.Join(parts, "/")) }

func uuid5(space [16]byte, name string) RecordID {
	h := sha1.New() //nolint:gosec // See the import.
	h.Write(space[:])
	h.Write([]byte(name))
	id := RecordID(h.Sum(nil)[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}
