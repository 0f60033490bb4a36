package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// This file stores the lines of devices: the latest of each, which is written
// again whenever it moves, and its parts, each of which is written once.

// partID is the id of a part of a line: no line has such a one.
func partID(name lineName, number int) string { return name.String() + "#" + strconv.Itoa(number) }

// isPart reports whether an id is that of a part. A line's ends with its epoch.
func isPart(id string) bool {
	i := strings.LastIndexAny(id, "/#")
	return i >= 0 && id[i] == '#'
}

// linesOf reads the lines of a snapshot. Those that do not tell where every
// counter stands are left out of whole: an earlier version of the program kept
// only some of the old ones.
func linesOf(p *Projection) (lines map[lineName]*ledger.Line, whole bool, err error) {
	lines = map[lineName]*ledger.Line{}
	parts := map[lineName][]*ledger.Part{}
	for i := range p.Lines {
		stored := &p.Lines[i]
		if isPart(stored.ID) {
			part, err := ledger.ParsePart(stored.Body)
			if err != nil {
				return nil, false, fmt.Errorf("line %s: %w", stored.ID, err)
			}
			name := lineName{part.Device, part.Epoch}
			parts[name] = append(parts[name], part)
			continue
		}
		line, err := ledger.ParseLine(stored.Body)
		if err != nil {
			return nil, false, fmt.Errorf("line %s: %w", stored.ID, err)
		}
		lines[lineName{line.Device, line.Epoch}] = line
	}
	whole = true
	for name, line := range lines {
		whole = line.Join(parts[name]) && whole
	}
	return lines, whole, nil
}

// takeLines adds the stored form of the lines that moved, and apart from
// them the parts that are not stored yet; of each line, stored parts are.
func (p *part) takeLines(state *ledger.State, moved map[lineName]struct{}, stored map[lineName]int) {
	p.moved = make(map[lineName]storedLine, len(moved))
	for name := range moved {
		l := state.Line(name.device, name.epoch)
		p.Lines = append(p.Lines, Line{ID: name.String(), Through: l.Through, Body: l.AppendJSON(nil)})
		fresh := l.Parts(stored[name])
		for _, q := range fresh {
			p.parts = append(p.parts, Line{ID: partID(name, q.Number), Through: q.Through, Body: q.AppendJSON(nil)})
		}
		p.moved[name] = storedLine{l.Through, stored[name] + len(fresh)}
	}
}

// writtenLines takes the lines of a part off. The caller holds mu and the fold.
func (b *backlog) writtenLines(state *ledger.State, moved map[lineName]storedLine) {
	for name, is := range moved {
		if state.Line(name.device, name.epoch).Through == is.through {
			delete(b.moved, name)
		}
		if is.parts > 0 {
			b.parts[name] = is.parts
		}
	}
}
