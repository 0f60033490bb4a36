package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// This file stores the streams of devices: the latest of each, which is written
// again whenever it moves, and its parts, each of which is written once.

// partID is the id of a part of a stream: no stream has such a one.
func partID(name streamName, number int) string { return name.String() + "#" + strconv.Itoa(number) }

// isPart reports whether an id is that of a part. A stream's ends with its epoch.
func isPart(id string) bool {
	i := strings.LastIndexAny(id, "/#")
	return i >= 0 && id[i] == '#'
}

// streamsOf reads the streams of a snapshot. Those that do not tell where every
// counter stands are left out of whole: an earlier version of the program kept
// only some of the old ones.
func streamsOf(p *Projection) (streams map[streamName]*ledger.Stream, whole bool, err error) {
	streams = map[streamName]*ledger.Stream{}
	parts := map[streamName][]*ledger.Part{}
	for i := range p.Streams {
		stored := &p.Streams[i]
		if isPart(stored.ID) {
			part, err := ledger.ParsePart(stored.Body)
			if err != nil {
				return nil, false, fmt.Errorf("stream %s: %w", stored.ID, err)
			}
			name := streamName{part.Device, part.Epoch}
			parts[name] = append(parts[name], part)
			continue
		}
		stream, err := ledger.ParseStream(stored.Body)
		if err != nil {
			return nil, false, fmt.Errorf("stream %s: %w", stored.ID, err)
		}
		streams[streamName{stream.Device, stream.Epoch}] = stream
	}
	whole = true
	for name, stream := range streams {
		whole = stream.Join(parts[name]) && whole
	}
	return streams, whole, nil
}

// takeStreams adds the stored form of the streams that moved, and apart from
// them the parts that are not stored yet; of each stream, stored parts are.
func (p *part) takeStreams(state *ledger.State, moved map[streamName]struct{}, stored map[streamName]int) {
	p.moved = make(map[streamName]storedStream, len(moved))
	for name := range moved {
		l := state.Stream(name.device, name.epoch)
		p.Streams = append(p.Streams, Stream{ID: name.String(), Through: l.Through, Body: l.AppendJSON(nil)})
		fresh := l.Parts(stored[name])
		for _, q := range fresh {
			p.parts = append(p.parts, Stream{ID: partID(name, q.Number), Through: q.Through, Body: q.AppendJSON(nil)})
		}
		p.moved[name] = storedStream{l.Through, stored[name] + len(fresh)}
	}
}

// writtenStreams takes the streams of a part off. The caller holds mu and the fold.
func (b *backlog) writtenStreams(state *ledger.State, moved map[streamName]storedStream) {
	for name, is := range moved {
		if state.Stream(name.device, name.epoch).Through == is.through {
			delete(b.moved, name)
		}
		if is.parts > 0 {
			b.parts[name] = is.parts
		}
	}
}
