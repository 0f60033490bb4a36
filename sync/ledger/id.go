package ledger

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

type (
	// UnitID names a unit: a village, or the commune itself. It is the unit's
	// code and the day from which the code was its own, as
	// "21133-01-20040101": codes are used again after a merger.
	UnitID string
	// DeviceID names a phone or a desk browser; the server gives it out.
	DeviceID string
	// UserID names a person's account.
	UserID string
	// LogID is the random identity of one ledger, drawn with its first commit.
	// A ledger that was started afresh has another; one that was restored from a
	// backup keeps its own, and differs from what it was by its hashes.
	LogID string
	// Kind is a kind of record, as "gift". The ledger takes any; package form
	// knows which exist.
	Kind string
	// Role is what a person is to the unit, as "collector".
	Role string
	// Seq numbers a unit's commits from 1; 0 is the empty ledger.
	Seq uint64
)

// ParseUnitID reads a unit's identity: 1 to 64 of A-Z a-z 0-9 and "-".
func ParseUnitID(s string) (UnitID, error) {
	if s == "" || len(s) > 64 {
		return "", fmt.Errorf("unit %q: want 1 to 64 characters", s)
	}
	for _, r := range s {
		if !(r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return "", fmt.Errorf("unit %q: only letters, digits and hyphens", s)
		}
	}
	return UnitID(s), nil
}

// RecordID is a record's UUID (RFC 9562): version 7 when a phone makes it,
// version 5 where two phones must arrive at the same one.
type RecordID [16]byte

// ParseRecordID reads the 36-character form in either case.
func ParseRecordID(s string) (RecordID, error) {
	var id RecordID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, errors.New("not a UUID")
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	n += copy(digits[n:], s[9:13])
	n += copy(digits[n:], s[14:18])
	n += copy(digits[n:], s[19:23])
	copy(digits[n:], s[24:])
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return RecordID{}, errors.New("not a UUID")
	}
	return id, nil
}

// String returns the 36-character lower-case form.
func (id RecordID) String() string {
	var out [36]byte
	hex.Encode(out[:8], id[:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:], id[10:])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// IsZero reports whether no record is named.
func (id RecordID) IsZero() bool { return id == RecordID{} }

// Compare orders by bytes.
func (id RecordID) Compare(other RecordID) int {
	return bytes.Compare(id[:], other[:])
}

// Ref points to a record of this unit, or of Unit where that is not empty.
type Ref struct {
	Unit   UnitID
	Record RecordID
}

// In returns what a record of a unit refers to: without a unit of its own, a record
// of the same.
func (r Ref) In(unit UnitID) Ref {
	if r.Unit == "" {
		r.Unit = unit
	}
	return r
}

// ParseRef reads a reference as it stands in a field: the record's id as
// text, or {"record":…,"unit":…} for a record of another unit.
func ParseRef(v Value) (Ref, error) {
	var ref Ref
	text, ok := v.Text()
	if v.IsObject() {
		for key, member := range v.Members() {
			s, isText := member.Text()
			switch {
			case key == "record" && isText:
				text, ok = s, true
			case key == "unit" && isText:
				unit, err := ParseUnitID(s)
				if err != nil {
					return Ref{}, err
				}
				ref.Unit = unit
			default:
				return Ref{}, errors.New("a reference holds record and unit, both text")
			}
		}
	}
	if !ok {
		return Ref{}, errors.New("a reference is a record's id, or an object of record and unit")
	}
	id, err := ParseRecordID(text)
	ref.Record = id
	return ref, err
}

// Value is the reference as it stands in a field.
func (r Ref) Value() Value {
	if r.Unit == "" {
		return Text(r.Record.String())
	}
	return Value(`{"record":"` + r.Record.String() + `","unit":` + string(Text(string(r.Unit))) + `}`)
}

// Dot names one op of a unit's ledger: the commit, and the op's place in it
// counted over all entries from 0. Later dots are greater.
type Dot struct {
	Seq   Seq
	Index int
}

// ParseDot reads the form "121.3".
func ParseDot(s string) (Dot, error) {
	seq, index, ok := strings.Cut(s, ".")
	n, err1 := strconv.ParseUint(seq, 10, 63)
	i, err2 := strconv.ParseUint(index, 10, 31)
	if !ok || err1 != nil || err2 != nil {
		return Dot{}, fmt.Errorf("%q is not a dot such as 121.3", s)
	}
	return Dot{Seq(n), int(i)}, nil
}

func (d Dot) String() string {
	return strconv.FormatUint(uint64(d.Seq), 10) + "." + strconv.Itoa(d.Index)
}

// Compare orders dots by their place in the ledger.
func (d Dot) Compare(other Dot) int {
	return cmp.Or(cmp.Compare(d.Seq, other.Seq), cmp.Compare(d.Index, other.Index))
}

// Origin names an op by who made it: unlike its dot, that stays with it when a
// backup is restored and the op is sent again.
type Origin struct {
	Device DeviceID
	Epoch  uint32
	N      uint64
}

// parseOrigin reads the form "d_7Q/1/36".
func parseOrigin(s string) (Origin, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 || parts[0] == "" {
		return Origin{}, fmt.Errorf("%q is not an origin such as d_7Q/1/36", s)
	}
	epoch, err1 := strconv.ParseUint(parts[1], 10, 31)
	n, err2 := strconv.ParseUint(parts[2], 10, 63)
	if err1 != nil || err2 != nil || epoch == 0 || n == 0 {
		return Origin{}, fmt.Errorf("%q is not an origin such as d_7Q/1/36", s)
	}
	return Origin{DeviceID(parts[0]), uint32(epoch), n}, nil
}

func (o Origin) String() string {
	return string(o.Device) + "/" + strconv.FormatUint(uint64(o.Epoch), 10) + "/" + strconv.FormatUint(o.N, 10)
}

// Millis is a moment in milliseconds since 1970 UTC.
type Millis int64

// MillisOf drops what is finer than a millisecond.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns the moment in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// String is the moment as RFC 3339 in UTC with milliseconds.
func (m Millis) String() string { return m.Time().Format("2006-01-02T15:04:05.000Z") }

// parseMillis reads RFC 3339 with any offset.
func parseMillis(s string) (Millis, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is not a time such as 2026-11-20T02:10:00Z", s)
	}
	return MillisOf(t), nil
}

// Hash is a SHA-256.
type Hash [32]byte

// ParseHash reads 64 hexadecimal digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 64 {
		return h, errors.New("not a SHA-256 of 64 hexadecimal digits")
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err
}

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Head is how far a ledger has come. Two ledgers with the same head are the
// same ledger.
type Head struct {
	Log  LogID
	Seq  Seq
	Hash Hash
}

// CommitID is the key of a commit in a store: the unit and the seq in ten
// digits, so that keys sort as the ledger runs.
func CommitID(unit UnitID, seq Seq) string {
	return fmt.Sprintf("%s:%010d", unit, uint64(seq))
}
