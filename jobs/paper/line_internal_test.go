package paper

import (
	"strings"
	"testing"
)

// shown is what a line shows, with the spaces at which none breaks as ~.
func shown(l *line) string {
	var all strings.Builder
	for i, p := range l.pieces {
		switch {
		case i > 0 && p.tied:
			all.WriteByte('~')
		case i > 0 && p.space:
			all.WriteByte(' ')
		}
		all.WriteString(strings.ReplaceAll(p.text, noBreak, "_"))
	}
	return all.String()
}

func TestNoLineBreaksAtATie(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  string
	}{
		{"tổng kinh phí 2.514.000.000~đồng", 150, "tổng kinh phí|2.514.000.000~đồng"},
		{"từ ngày~05 tháng~02", 60, "từ ngày~05|tháng~02"},
		{"Số:~~~~/BC", 400, "Số:____/BC"}, // room that is left
		{"một~ hai ~ba", 400, "một_ hai _ba"},
		{"dài~dài~dài~dài", 50, "dài~dài|dài~dài"}, // too long for a line
		{"mmmmmmmmmm~x", 60, "mmmmm|mmmmm|x"},
	} {
		st := &style{size: 14, align: justified}
		var set setter
		var got []string
		lines := st.lines(set.pieces(st, Run{Text: strings.ReplaceAll(c.text, "~", noBreak)}), c.width)
		for i := range lines {
			got = append(got, shown(&lines[i]))
			width, spaces := 0.0, 0
			for j, p := range lines[i].pieces {
				width += p.width
				if j > 0 && p.space {
					width += lines[i].space
					spaces++
				}
			}
			if d := width - lines[i].width; d > roundOff || d < -roundOff || spaces != lines[i].spaces {
				t.Errorf("%q is %.2f wide with %d spaces, not %.2f with %d", got[i], width, spaces, lines[i].width, lines[i].spaces)
			}
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q in %.0f: %q, not %q", c.text, c.width, s, c.want)
		}
	}
}
