package files

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// smallSide is the longer side of a small copy, in pixels.
const smallSide = 320

// smallCopy checks a picture, and makes a small copy of it.
func smallCopy(body []byte) ([]byte, error) {
	if err := checkPicture(body); err != nil {
		return nil, err
	}
	decoded, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrType, err)
	}
	size := decoded.Bounds().Size()
	if longer := max(size.X, size.Y); longer > smallSide {
		size.X, size.Y = max(1, size.X*smallSide/longer), max(1, size.Y*smallSide/longer)
	}
	small := image.NewRGBA(image.Rectangle{Max: size})
	draw.BiLinear.Scale(small, small.Bounds(), decoded, decoded.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 75}); err != nil {
		return nil, fmt.Errorf("make a small copy: %w", err)
	}
	return out.Bytes(), nil
}

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended sequential
	markerDHT   = 0xc4
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
	markerAPP15 = 0xef
	markerCOM   = 0xfe
)

const (
	maxProfile = 1 << 10  // bytes of a colour profile; browsers write some 500
	maxScans   = 4        // one for each component
	maxTables  = 16 << 10 // bytes of tables: each scan may bring all that there can be, some 3 KB
)

// checkPicture refuses what is not a plain JPEG: [ErrType] where it is none, or one
// whose decoding costs more than its pixels (progressive scans, arithmetic
// coding, four colours); [ErrTooLarge] where a side has more than [MaxPixels];
// and [ErrMetadata] where it carries more than a picture. Of the segments only
// those are taken that a decoder needs, a bare JFIF header, Adobe's note on
// colours and a small colour profile: EXIF, XMP, IPTC, comments, previews, and
// whatever stands behind the picture's end may hold where it was taken.
func checkPicture(body []byte) error {
	w := walk{rest: body}
	if err := w.picture(); err != nil {
		return err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrType, err)
	}
	if config.Width == 0 || config.Height == 0 {
		return fmt.Errorf("%w: it has no pixels", ErrType)
	}
	if config.Width > MaxPixels || config.Height > MaxPixels {
		return fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, config.Width, config.Height)
	}
	return nil
}

// walk goes through the segments of a JPEG.
type walk struct {
	rest          []byte
	frames, scans int
	profiles      int
	tables        int // bytes
}

func (w *walk) picture() error {
	if m, err := w.marker(); err != nil || m != markerSOI {
		return fmt.Errorf("%w: it does not begin as a JPEG", ErrType)
	}
	for {
		m, err := w.marker()
		switch {
		case err != nil:
			return err
		case m == markerEOI && w.scans == 0:
			return fmt.Errorf("%w: it ends before its picture", ErrType)
		case m == markerEOI && len(w.rest) > 0:
			return fmt.Errorf("%w: %d bytes behind its end", ErrMetadata, len(w.rest))
		case m == markerEOI:
			return nil
		}
		segment, err := w.segment()
		if err != nil {
			return err
		}
		if err := w.admit(m, segment); err != nil {
			return err
		}
	}
}

// marker reads the next marker. Any number of fill bytes may stand before it.
func (w *walk) marker() (byte, error) {
	for i := 1; i < len(w.rest) && w.rest[0] == 0xff; i++ {
		if m := w.rest[i]; m != 0xff {
			w.rest = w.rest[i+1:]
			return m, nil
		}
	}
	return 0, fmt.Errorf("%w: a marker is missing", ErrType)
}

func (w *walk) segment() ([]byte, error) {
	if len(w.rest) < 2 {
		return nil, fmt.Errorf("%w: it is cut off", ErrType)
	}
	n := int(binary.BigEndian.Uint16(w.rest))
	if n < 2 || n > len(w.rest) {
		return nil, fmt.Errorf("%w: a segment is cut off", ErrType)
	}
	segment := w.rest[2:n]
	w.rest = w.rest[n:]
	return segment, nil
}

func (w *walk) admit(m byte, segment []byte) error {
	switch {
	case m == markerDQT, m == markerDHT, m == markerDRI:
		if w.tables += len(segment); w.tables > maxTables {
			return fmt.Errorf("%w: more tables than a decoder needs", ErrMetadata)
		}
		return nil
	case m == markerSOF0, m == markerSOF1:
		if w.frames++; w.frames > 1 || len(segment) < 6 || segment[5] != 1 && segment[5] != 3 {
			return fmt.Errorf("%w: not one picture of one or three colours", ErrType)
		}
		return nil
	case m == markerSOS:
		if w.scans++; w.scans > maxScans {
			return fmt.Errorf("%w: too many scans", ErrType)
		}
		w.skipScan()
		return nil
	case m == markerAPP0 && len(segment) == 14 && bytes.HasPrefix(segment, []byte("JFIF\x00")) && segment[12] == 0 && segment[13] == 0,
		m == markerAPP14 && len(segment) == 12 && bytes.HasPrefix(segment, []byte("Adobe")):
		return nil
	case m == markerAPP2 && len(segment) <= maxProfile && bytes.HasPrefix(segment, []byte("ICC_PROFILE\x00")):
		if w.profiles++; w.profiles > 1 {
			return fmt.Errorf("%w: a second colour profile", ErrMetadata)
		}
		return nil
	case m >= markerAPP0 && m <= markerAPP15, m == markerCOM:
		return fmt.Errorf("%w: a segment %#02x", ErrMetadata, m)
	}
	return fmt.Errorf("%w: a segment %#02x", ErrType, m)
}

// skipScan goes to the marker behind the coded data of a scan.
func (w *walk) skipScan() {
	for i := 0; i+1 < len(w.rest); i++ {
		next := w.rest[i+1]
		if w.rest[i] == 0xff && next != 0 && (next < markerRST0 || next > markerRST7) {
			w.rest = w.rest[i:]
			return
		}
	}
	w.rest = nil
}
