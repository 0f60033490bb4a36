package report

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// What units of the two tiers are called. A unit's name begins with one of
// them, or says none: then it is a xã or a thôn.
var (
	communeKinds = []string{"xã", "phường", "đặc khu", "thị trấn"}
	villageKinds = []string{"thôn", "tổ dân phố", "khu phố", "khu dân cư", "bản", "làng", "buôn", "bon", "ấp", "khóm", "xóm", "phum", "sóc", "tiểu khu"}
	aboveKinds   = []string{"huyện", "thị xã", "thành phố", "quận", "tỉnh"}
)

// cutKind is the kind with which a name begins, and what the unit is called
// without it; "" where it begins with none of them.
func cutKind(name string, kinds ...string) (kind, bare string) {
	lower := strings.ToLower(name)
	for _, k := range kinds {
		if strings.HasPrefix(lower, k+" ") {
			return k, strings.TrimSpace(name[len(k):])
		}
	}
	return "", name
}

// kindOf is what a unit is: "phường". given is what the data says, if it does.
func kindOf(name, given string, village bool) string {
	kinds, usual := communeKinds, "xã"
	if village {
		kinds, usual = villageKinds, "thôn"
	}
	if given != "" {
		return strings.ToLower(given)
	}
	if kind, _ := cutKind(name, kinds...); kind != "" {
		return kind
	}
	return usual
}

// kind is what the unit is: "tổ dân phố".
func (m *Member) kind() string { return kindOf(m.Name, m.Kind, m.Village) }

// fullName is the unit in a sentence: "phường Mẫu", "tổ dân phố 5".
func (m *Member) fullName() string { return FullName(m.Name, m.Kind, m.Village) }

// tier is what the commune is in the period: "phường", or "cấp xã" where others,
// maybe of other kinds, were in its place when the period began.
func (p period) tier(own *Member) string {
	if p.From < own.From {
		return "cấp xã"
	}
	return own.kind()
}

// FullName is a unit as a sentence names it: "phường Mẫu". kind is what the data
// says that it is, or "".
func FullName(name, kind string, village bool) string {
	return withKind(kindOf(name, kind, village), name)
}

// withKind puts a kind before a name that does not begin with one.
func withKind(kind, name string) string {
	if named, _ := cutKind(name, slices.Concat(communeKinds, villageKinds, aboveKinds)...); named != "" {
		return LowerFirst(name)
	}
	return kind + " " + name
}

// placeName is a unit's name as it stands before a date (địa danh): without its
// kind. A unit whose name is a number keeps it, as Nghị định 30/2020/NĐ-CP,
// Annex I, wants: "Phường 5".
func placeName(name string) string {
	kind, bare := cutKind(name, communeKinds...)
	if kind == "" || strings.IndexFunc(bare, unicode.IsLetter) < 0 {
		return name
	}
	return upperFirst(bare)
}

// inOrderOfNames sorts units as Vietnamese does, numbers by their size. Villages
// come before communes, and those that have ended by a day after the others.
func inOrderOfNames(members []*Member, on string) {
	names := collate.New(language.Vietnamese, collate.Numeric)
	rank := func(m *Member) int {
		n := 0
		if !m.Village {
			n++
		}
		if m.To != "" && m.To < on {
			n += 2
		}
		return n
	}
	slices.SortStableFunc(members, func(a, b *Member) int {
		if by := rank(a) - rank(b); by != 0 {
			return by
		}
		return names.CompareString(a.fullName(), b.fullName())
	})
}
