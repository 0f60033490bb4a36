package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sothon/sothon/sync/ledger"
)

// This file stores the streams of devices: the latest of each, which is written
// again whenever it moves, and its parts, each of which is written once.

// streamName tells the streams of a unit apart.
type streamName struct {
	device ledger.DeviceID
	epoch  uint32
}

func (n streamName) String() string {
	return string(n.device) + "/" + strconv.FormatUint(uint64(n.epoch), 10)
}

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
