package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
)

// objects is a file in the making: the body with its objects, and where each is.
type objects struct {
	file    bytes.Buffer
	entries []entry // by the object's number; 0 is none
	deflate *zlib.Writer

	// The object stream in the making (ISO 32000-1, 7.5.7).
	packNumber  int
	packIndex   bytes.Buffer
	packBody    bytes.Buffer
	packObjects int
}

// entry says where an object is: at an offset of the file, or at a place of an
// object stream.
type entry struct {
	packed bool
	at     int // offset, or the stream's number
	place  int
}

// packSize is how many objects an object stream holds.
const packSize = 500

func newObjects() *objects {
	o := &objects{entries: make([]entry, 1), deflate: zlib.NewWriter(nil)}
	// The comment's bytes show programs that the file is binary.
	o.file.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return o
}

// reserve returns the number of an object that is put later.
func (o *objects) reserve() int {
	o.entries = append(o.entries, entry{})
	return len(o.entries) - 1
}

func (o *objects) begin(n int) {
	o.entries[n] = entry{at: o.file.Len()}
	o.file.WriteString(strconv.Itoa(n))
	o.file.WriteString(" 0 obj\n")
}

func (o *objects) put(n int, format string, args ...any) {
	o.begin(n)
	fmt.Fprintf(&o.file, format, args...)
	o.file.WriteString("\nendobj\n")
}

// plain puts a stream as it is; dict has its entries but the length.
func (o *objects) plain(n int, dict string, data []byte) {
	o.begin(n)
	fmt.Fprintf(&o.file, "<<%s/Length %d>>\nstream\n", dict, len(data))
	o.file.Write(data)
	o.file.WriteString("\nendstream\nendobj\n")
}

// stream puts a compressed stream.
func (o *objects) stream(n int, dict string, data []byte) {
	var b bytes.Buffer
	o.deflate.Reset(&b)
	_, _ = o.deflate.Write(data) // a Buffer takes everything
	_ = o.deflate.Close()
	o.plain(n, dict+"/Filter/FlateDecode", b.Bytes())
}

// pack puts an object into an object stream.
func (o *objects) pack(n int, object []byte) {
	if o.packNumber == 0 {
		o.packNumber = o.reserve()
	}
	o.entries[n] = entry{packed: true, at: o.packNumber, place: o.packObjects}
	fmt.Fprintf(&o.packIndex, "%d %d ", n, o.packBody.Len())
	o.packBody.Write(object)
	o.packBody.WriteByte('\n')
	if o.packObjects++; o.packObjects == packSize {
		o.endPack()
	}
}

func (o *objects) endPack() {
	if o.packNumber == 0 {
		return
	}
	dict := fmt.Sprintf("/Type/ObjStm/N %d/First %d", o.packObjects, o.packIndex.Len())
	o.packIndex.Write(o.packBody.Bytes())
	o.stream(o.packNumber, dict, o.packIndex.Bytes())
	o.packIndex.Reset()
	o.packBody.Reset()
	o.packNumber, o.packObjects = 0, 0
}

// finish ends the file with its table of objects (ISO 32000-1, 7.5.8). Its
// identity is a digest of what it holds.
func (o *objects) finish(root, info int) []byte {
	o.endPack()
	n := o.reserve()
	at := o.file.Len()
	o.entries[n] = entry{at: at}
	table := make([]byte, 0, 7*len(o.entries))
	for i, e := range o.entries {
		kind := byte(1)
		switch {
		case i == 0:
			kind, e.place = 0, 0xffff
		case e.packed:
			kind = 2
		}
		table = append(table, kind)
		table = binary.BigEndian.AppendUint32(table, uint32(e.at))
		table = binary.BigEndian.AppendUint16(table, uint16(e.place))
	}
	sum := sha256.Sum256(o.file.Bytes())
	o.stream(n, fmt.Sprintf("/Type/XRef/Size %d/W[1 4 2]/Root %d 0 R/Info %d 0 R/ID[<%[4]x><%[4]x>]", len(o.entries), root, info, sum[:16]), table)
	fmt.Fprintf(&o.file, "startxref\n%d\n%%%%EOF\n", at)
	return o.file.Bytes()
}
