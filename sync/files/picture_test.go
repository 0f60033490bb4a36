package files_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/bep/imagemeta"

	"github.com/sothon/sothon/sync/files"
)

// withSegment puts a segment behind the first marker of a JPEG.
func withSegment(body []byte, marker byte, content []byte) []byte {
	out := append([]byte{}, body[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(content)+2))
	out = append(out, content...)
	return append(out, body[2:]...)
}

// exif is a TIFF with a position: 21.5° north, 105.5° east.
func exif() []byte {
	b := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08")
	entry := func(tag, kind uint16, count, value uint32) {
		b = binary.BigEndian.AppendUint16(b, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint32(b, count)
		b = binary.BigEndian.AppendUint32(b, value)
	}
	b = append(b, 0, 1)
	entry(0x8825, 4, 1, 26) // where the positions stand
	b = append(b, 0, 0, 0, 0, 0, 4)
	entry(1, 2, 2, uint32('N')<<24)
	entry(2, 5, 3, 80)
	entry(3, 2, 2, uint32('E')<<24)
	entry(4, 5, 3, 104)
	b = append(b, 0, 0, 0, 0)
	for _, n := range []uint32{21, 1, 30, 1, 0, 1, 105, 1, 30, 1, 0, 1} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}

// tags are what a reader of metadata finds in a picture.
func tags(t testing.TB, body []byte) (list []imagemeta.TagInfo) {
	t.Helper()
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(body), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
		HandleTag: func(tag imagemeta.TagInfo) error { list = append(list, tag); return nil },
	})
	if err != nil && !imagemeta.IsInvalidFormat(err) {
		t.Fatal(err)
	}
	return list
}

func TestMetadataIsRefused(t *testing.T) {
	plain := photo(30, 100)
	xmp := []byte("http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>" +
		"<rdf:Description xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:GPSLatitude='21,30N'/></rdf:RDF></x:xmpmeta>")
	// A record of the city in an application record, in Photoshop's frame.
	iptc := append([]byte("Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0a\x1c\x02\x5a\x00\x05"), "HaNoi"...)
	located := map[string][]byte{
		"EXIF": withSegment(plain, 0xe1, exif()), "XMP": withSegment(plain, 0xe1, xmp), "IPTC": withSegment(plain, 0xed, iptc),
	}
	for name, body := range located {
		if len(tags(t, body)) == 0 {
			t.Errorf("%s: the reader of metadata finds nothing: the picture proves nothing", name)
		}
		if _, err := jpeg.Decode(bytes.NewReader(body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	storm := plain
	for range 300 {
		storm = withSegment(storm, 0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))
	}
	icc := append([]byte("ICC_PROFILE\x00\x01\x01"), make([]byte, 500)...)
	for name, body := range map[string][]byte{
		"EXIF": located["EXIF"], "XMP": located["XMP"], "IPTC": located["IPTC"],
		"EXIF behind the tables":   behindTables(plain, exif()),
		"a comment":                withSegment(plain, 0xfe, []byte("21.028,105.804")),
		"a maker's segment":        withSegment(plain, 0xe5, []byte("RMETA")),
		"several pictures":         withSegment(plain, 0xe2, []byte("MPF\x00")),
		"a preview":                withSegment(plain, 0xe0, append([]byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01"), 1, 2, 3)),
		"an extension of JFIF":     withSegment(plain, 0xe0, []byte("JFXX\x00\x10")),
		"a large profile":          withSegment(plain, 0xe2, append(icc, make([]byte, 4000)...)),
		"two profiles":             withSegment(withSegment(plain, 0xe2, icc), 0xe2, icc),
		"tables without end":       storm,
		"bytes behind the end":     append(bytes.Clone(plain), "21.028,105.804"...),
		"a picture behind the end": append(bytes.Clone(plain), plain...),
	} {
		if err := files.Check(body); !errors.Is(err, files.ErrMetadata) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, body := range map[string][]byte{
		"plain":       plain,
		"JFIF":        withSegment(plain, 0xe0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")),
		"a profile":   withSegment(plain, 0xe2, icc),
		"Adobe":       withSegment(plain, 0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x01")),
		"fill bytes":  append([]byte{0xff, 0xd8, 0xff, 0xff, 0xff}, plain[3:]...),
		"small copy":  photo(31, 20),
		"large sides": wide(t),
	} {
		if err := files.Check(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if found := tags(t, body); len(found) > 0 {
			t.Errorf("%s is accepted with %v", name, found)
		}
	}
}

// behindTables puts EXIF before the frame rather than first.
func behindTables(body, content []byte) []byte {
	at := bytes.Index(body, []byte{0xff, 0xc0})
	moved := withSegment(append([]byte{0xff, 0xd8}, body[at:]...), 0xe1, content)
	return append(bytes.Clone(body[:at]), moved[2:]...)
}

func wide(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, files.MaxPixels, 16)), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOtherTypesAreRefused(t *testing.T) {
	plain := photo(32, 100)
	var p bytes.Buffer
	if err := png.Encode(&p, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	frame := bytes.Index(plain, []byte{0xff, 0xc0})
	as := func(marker byte) []byte {
		b := bytes.Clone(plain)
		b[frame+1] = marker
		return b
	}
	colours := bytes.Clone(plain)
	colours[frame+9] = 4
	empty := func(side int) []byte { // 5 is the height, 7 the width
		b := bytes.Clone(plain)
		b[frame+side], b[frame+side+1] = 0, 0
		return b
	}
	scan := bytes.Index(plain, []byte{0xff, 0xda})
	scans := bytes.Clone(plain[:scan])
	for range 5 {
		scans = append(scans, plain[scan:len(plain)-2]...)
	}
	for name, body := range map[string][]byte{
		"nothing": nil, "PNG": p.Bytes(), "text": []byte("<svg onload=alert(1)>"), "cut off": plain[:len(plain)/2], "its head alone": plain[:scan],
		"progressive": as(0xc2), "arithmetic": as(0xc9), "lossless": as(0xc3), "four colours": colours, "many scans": append(scans, 0xff, 0xd9),
		"two frames": append(append(bytes.Clone(plain[:scan]), plain[frame:scan]...), plain[scan:]...),
		"no picture": {0xff, 0xd8, 0xff, 0xd9}, "no height": empty(5), "no width": empty(7),
	} {
		if err := files.Check(body); !errors.Is(err, files.ErrType) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A few bytes that promise a huge picture are refused before they are decoded.
func TestBomb(t *testing.T) {
	bomb := photo(33, 100)
	frame := bytes.Index(bomb, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(bomb[frame+5:], 65500)
	binary.BigEndian.PutUint16(bomb[frame+7:], 65500)
	if n := testing.AllocsPerRun(3, func() {
		if err := files.Check(bomb); !errors.Is(err, files.ErrTooLarge) {
			t.Errorf("%v", err)
		}
	}); n > 100 {
		t.Errorf("%v allocations", n)
	}
	onEvery(t, func(t *testing.T, h *host) {
		u := h.mustCreate(promise("an", bomb))
		if _, err := h.files.Append(t.Context(), "an", u.ID, 0, bytes.NewReader(bomb)); !errors.Is(err, files.ErrTooLarge) {
			t.Errorf("%v", err)
		}
		if h.has(bomb) {
			t.Error("it was kept")
		}
	})
}

// FuzzCheck holds that what is accepted has no metadata that a reader finds.
func FuzzCheck(f *testing.F) {
	plain := photo(34, 20)
	for _, seed := range [][]byte{plain, withSegment(plain, 0xe1, exif()), withSegment(plain, 0xfe, []byte("x")), {0xff, 0xd8}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if files.Check(body) != nil {
			return
		}
		list := []imagemeta.TagInfo{}
		_, _ = imagemeta.Decode(imagemeta.Options{
			R: bytes.NewReader(body), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
			HandleTag: func(tag imagemeta.TagInfo) error { list = append(list, tag); return nil },
		})
		if len(list) > 0 {
			t.Errorf("accepted with %v", list)
		}
	})
}
