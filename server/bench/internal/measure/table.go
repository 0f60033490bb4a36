package measure

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// row of the table: what, how much, of what.
type row struct{ label, value, unit string }

// lines are the same for all databases of a run, except for the values.
func (d *Database) lines() []row {
	list := []row{{"", d.Name + " " + d.Version, ""}}
	add := func(label, format string, value float64, unit string) {
		list = append(list, row{label, fmt.Sprintf(format, value), unit})
	}
	rates := func(label string, r *Rate) {
		add(label, "%.0f", r.RecordsPerSecond, "records/s")
		add("  straight to the database", "%.0f", r.RawRecordsPerSecond, "records/s")
		add("  ratio", "%.2f", r.Ratio, "")
	}
	if p := d.Push; p != nil {
		rates("push", &p.Rate)
		add("  a batch, p50", "%.1f", p.P50Ms, "ms")
		add("  a batch, p99", "%.1f", p.P99Ms, "ms")
		add("  up", "%.0f", p.BytesPerRecordUp, "bytes/record")
	}
	if v := d.Visible; v != nil {
		rates("pushed and pulled", &v.Rate)
	}
	if f := d.First; f != nil {
		add("first sync, one phone", "%.2f", f.One.Seconds, "s")
		add("  both ways", "%.0f", f.One.BytesPerRecord, "bytes/record")
		add("first sync, many phones at once, p50", "%.2f", f.ThirtyTwo.P50Seconds, "s")
		add("  the slowest", "%.2f", f.ThirtyTwo.MaxSeconds, "s")
	}
	if i := d.Idle; i != nil {
		add("nothing new, p50", "%.2f", i.P50Ms, "ms")
		add("  up, HTTP/2", "%.0f", i.BytesUp, "bytes")
		add("  down", "%.0f", i.BytesDown, "bytes")
		add("  up, HTTP/1.1", "%.0f", i.HTTP1.BytesUp, "bytes")
		add("  down", "%.0f", i.HTTP1.BytesDown, "bytes")
	}
	for _, g := range d.Growth {
		add(fmt.Sprintf("push into a ledger of %d", g.Records), "%.0f", g.RecordsPerSecond, "records/s")
		add("  a batch, p99", "%.1f", g.P99Ms, "ms")
	}
	for _, p := range d.Piles {
		add(fmt.Sprintf("a batch that meets %d %s, p50", p.Size, p.Name), "%.1f", p.P50Ms, "ms")
		add("  straight to the database", "%.1f", p.RawP50Ms, "ms")
	}
	for _, h := range d.Histories {
		add(fmt.Sprintf("a record of %d changes is opened, p50", h.Changes), "%.1f", h.P50Ms, "ms")
		add("  the answer", "%.0f", h.KB, "kB")
		add("  as many records straight from the database", "%.1f", h.RawP50Ms, "ms")
	}
	for _, h := range d.Hangs {
		add(fmt.Sprintf("a batch while %d other loads hang, p50", h.Loads), "%.1f", h.P50Ms, "ms")
		add("  the slowest", "%.1f", h.MaxMs, "ms")
		add("  straight to the database", "%.1f", h.RawP50Ms, "ms")
	}
	for _, s := range d.Starts {
		add(fmt.Sprintf("a start on %d ledgers, until it serves", s.Ledgers), "%.2f", s.Seconds, "s")
		add("  until it has looked at all", "%.2f", s.LookedSeconds, "s")
		add("  a sure read of each, one after another", "%.2f", s.RawSeconds, "s")
	}
	for _, m := range []struct {
		label string
		value *float64
	}{{"memory of the server, at the start", d.RSS.Start}, {"  at most", d.RSS.Peak}} {
		if m.value == nil {
			list = append(list, row{m.label, "unknown", ""})
		} else {
			add(m.label, "%.0f", *m.value, "MB")
		}
	}
	return list
}

// WriteTable writes the result for people.
func (r *Result) WriteTable(w io.Writer) error {
	var columns [][]row
	labels, values := 0, 0
	for _, d := range r.Databases {
		column := d.lines()
		columns = append(columns, column)
		for _, l := range column {
			labels, values = max(labels, utf8.RuneCountInString(l.label)), max(values, len(l.value))
		}
	}
	var out strings.Builder
	for i := range columns[0] {
		text := fmt.Sprintf("%-*s", labels, columns[0][i].label)
		for _, column := range columns {
			text += fmt.Sprintf("  %*s", values, column[i].value)
		}
		out.WriteString(strings.TrimRight(text+"  "+columns[0][i].unit, " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
