package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// Font is a TrueType font that files may have in them. It may be used by
// several files at once.
type Font struct {
	name    string // "LiberationSerif-Bold"
	tables  map[string][]byte
	em      int // units
	metrics int // glyphs that have a width of their own
	long    bool
	glyphs  [0x10000]uint16 // by character; 0 is none
}

var errFont = errors.New("not a TrueType font that can be embedded")

// ParseFont reads a font file, to be called name in files.
func ParseFont(name string, ttf []byte) (*Font, error) {
	f := &Font{name: name, tables: map[string][]byte{}}
	if len(ttf) < 12 {
		return nil, errFont
	}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		if len(ttf) < 28+16*i {
			return nil, errFont
		}
		row := ttf[12+16*i:]
		at, length := uint64(binary.BigEndian.Uint32(row[8:])), uint64(binary.BigEndian.Uint32(row[12:]))
		if at+length > uint64(len(ttf)) {
			return nil, errFont
		}
		f.tables[string(row[:4])] = ttf[at : at+length]
	}
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "post": 8, "OS/2": 90, "glyf": 0, "loca": 0, "hmtx": 4} {
		if len(f.tables[name]) < least {
			return nil, errFont
		}
	}
	f.em = int(f.number("head", 18))
	f.long = f.number("head", 50) == 1
	f.metrics = int(f.number("hhea", 34))
	if f.em == 0 || f.metrics == 0 || len(f.tables["hmtx"]) < 4*f.metrics {
		return nil, errFont
	}
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("parse font %s: %w", name, err)
	}
	var buffer sfnt.Buffer
	for r := range f.glyphs {
		glyph, err := parsed.GlyphIndex(&buffer, rune(r))
		if err != nil {
			return nil, fmt.Errorf("glyphs of font %s: %w", name, err)
		}
		f.glyphs[r] = uint16(glyph)
	}
	return f, nil
}

func (f *Font) number(table string, at int) uint16 {
	return binary.BigEndian.Uint16(f.tables[table][at:])
}

// measure is a length of a table in thousandths of the font's size.
func (f *Font) measure(table string, at int) int {
	return int(int16(f.number(table, at))) * 1000 / f.em
}

// metric is the horizontal metric of a glyph.
func (f *Font) metric(glyph uint16) []byte {
	at := 4 * min(int(glyph), f.metrics-1)
	return f.tables["hmtx"][at : at+4]
}

// width is a glyph's in thousandths of the font's size, rounded.
func (f *Font) width(glyph uint16) int {
	return (int(binary.BigEndian.Uint16(f.metric(glyph)))*1000 + f.em/2) / f.em
}

// Width is a character's in thousandths of the font's size, rounded; found is
// whether the font has it.
func (f *Font) Width(r rune) (width int, found bool) {
	if r < 0 || int(r) >= len(f.glyphs) || f.glyphs[r] == 0 {
		return 0, false
	}
	return f.width(f.glyphs[r]), true
}

// outline is what draws a glyph; empty for a space.
func (f *Font) outline(glyph uint16) []byte {
	loca := f.tables["loca"]
	var from, to int
	if f.long {
		if len(loca) < 4*int(glyph)+8 {
			return nil
		}
		from, to = int(binary.BigEndian.Uint32(loca[4*int(glyph):])), int(binary.BigEndian.Uint32(loca[4*int(glyph)+4:]))
	} else {
		if len(loca) < 2*int(glyph)+4 {
			return nil
		}
		from, to = 2*int(binary.BigEndian.Uint16(loca[2*int(glyph):])), 2*int(binary.BigEndian.Uint16(loca[2*int(glyph)+2:]))
	}
	if from > to || to > len(f.tables["glyf"]) {
		return nil
	}
	return f.tables["glyf"][from:to]
}

// shown is a font of a file, and the characters that the file shows of it.
type shown struct {
	*Font
	name string // among the resources: "/F0"
	used [0x10000 / 64]uint64
}

// shown returns the font of the file.
func (w *Writer) shown(f *Font) *shown {
	for _, s := range w.fonts {
		if s.Font == f {
			return s
		}
	}
	s := &shown{Font: f, name: fmt.Sprintf("/F%d", len(w.fonts))}
	w.fonts = append(w.fonts, s)
	return s
}

// show notes that a character is shown, and reports whether the font has it.
func (s *shown) show(r uint16) bool {
	s.used[r/64] |= 1 << (r % 64)
	return s.glyphs[r] != 0
}

// characters are those that the file shows, in order.
func (s *shown) characters() []uint16 {
	var all []uint16
	for r := range s.glyphs {
		if s.glyphs[r] != 0 && s.used[r/64]&(1<<(r%64)) != 0 {
			all = append(all, uint16(r))
		}
	}
	return all
}

// embed writes a font with the glyphs that are shown, and returns its object.
// A character's code in a text is the character itself.
func (w *Writer) embed(s *shown) int {
	o := w.objects
	font, below, descriptor, file, unicode, glyphs := o.reserve(), o.reserve(), o.reserve(), o.reserve(), o.reserve(), o.reserve()
	characters := s.characters()
	ttf, numbers := s.subset(characters)
	name := subsetName(ttf) + "+" + s.Font.name

	var widths, codes bytes.Buffer
	var ids []byte
	for i, r := range characters {
		fmt.Fprintf(&widths, "%d[%d]", r, s.width(s.glyphs[r]))
		ids = append(ids, make([]byte, 2*int(r)-len(ids))...)
		ids = binary.BigEndian.AppendUint16(ids, numbers[i])
		if i%100 == 0 { // no block may have more
			if i > 0 {
				codes.WriteString("endbfchar\n")
			}
			fmt.Fprintf(&codes, "%d beginbfchar\n", min(100, len(characters)-i))
		}
		fmt.Fprintf(&codes, "<%04[1]x> <%04[1]x>\n", r)
	}
	if len(characters) > 0 {
		codes.WriteString("endbfchar\n")
	}
	o.put(font, "<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, below, unicode)
	o.put(below, "<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/DW 1000/W[%s]/CIDToGIDMap %d 0 R>>",
		name, descriptor, widths.Bytes(), glyphs)
	const serif, symbolic, slanted = 1 << 1, 1 << 2, 1 << 6
	flags, angle := serif|symbolic, int(int16(s.number("post", 4)))
	if angle != 0 {
		flags |= slanted
	}
	o.put(descriptor, "<</Type/FontDescriptor/FontName/%s/Flags %d/ItalicAngle %d/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontBBox[%d %d %d %d]/FontFile2 %d 0 R>>",
		name, flags, angle, s.measure("hhea", 4), s.measure("hhea", 6), s.measure("OS/2", 88), int(s.number("OS/2", 4))/5,
		s.measure("head", 36), s.measure("head", 38), s.measure("head", 40), s.measure("head", 42), file)
	o.stream(file, fmt.Sprintf("/Length1 %d", len(ttf)), ttf)
	o.stream(unicode, "", fmt.Appendf(nil, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"+
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"+
		"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n%sendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n", codes.Bytes()))
	o.stream(glyphs, "", ids)
	return font
}

// subsetName is the six letters that mark a part of a font.
func subsetName(ttf []byte) string {
	sum := sha256.Sum256(ttf)
	name := make([]byte, 6)
	for i := range name {
		name[i] = 'A' + sum[i]%26
	}
	return string(name)
}

// subset is a font of the glyphs of characters, and of those of which they are
// composed. It returns the new number of each character's glyph.
func (f *Font) subset(characters []uint16) (ttf []byte, numbers []uint16) {
	glyphs := []uint16{0} // the old numbers by the new ones
	renumbered := map[uint16]uint16{0: 0}
	number := func(old uint16) uint16 {
		n, known := renumbered[old]
		if !known {
			n = uint16(len(glyphs))
			renumbered[old] = n
			glyphs = append(glyphs, old)
		}
		return n
	}
	for _, r := range characters {
		numbers = append(numbers, number(f.glyphs[r]))
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(glyphs); i++ { // parts of composed glyphs join the list
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		hmtx = append(hmtx, f.metric(glyphs[i])...)
		outline := slices.Clone(f.outline(glyphs[i]))
		recompose(outline, number)
		glyf = append(glyf, outline...)
		glyf = append(glyf, make([]byte, -len(glyf)&3)...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(f.tables["head"]), slices.Clone(f.tables["hhea"]), slices.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(glyphs)))
	return assemble(map[string][]byte{
		"cvt ": f.tables["cvt "], "fpgm": f.tables["fpgm"], "glyf": glyf, "head": head, "hhea": hhea,
		"hmtx": hmtx, "loca": loca, "maxp": maxp, "prep": f.tables["prep"],
	}), numbers
}

// recompose changes the numbers of the parts of a composed glyph.
func recompose(outline []byte, number func(uint16) uint16) {
	const header = 10
	if len(outline) < header || int16(binary.BigEndian.Uint16(outline)) >= 0 {
		return
	}
	const words, scale, more, scales, matrix = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
	for at := header; at+4 <= len(outline); {
		flags := binary.BigEndian.Uint16(outline[at:])
		binary.BigEndian.PutUint16(outline[at+2:], number(binary.BigEndian.Uint16(outline[at+2:])))
		at += 6
		if flags&words != 0 {
			at += 2
		}
		switch {
		case flags&scale != 0:
			at += 2
		case flags&scales != 0:
			at += 4
		case flags&matrix != 0:
			at += 8
		}
		if flags&more == 0 {
			return
		}
	}
}

// assemble puts tables together to a font file.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for name, data := range tables {
		if len(data) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	power, log := 1, 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	ttf := []byte{0, 1, 0, 0}
	for _, n := range []int{len(names), 16 * power, log, 16 * (len(names) - power)} {
		ttf = binary.BigEndian.AppendUint16(ttf, uint16(n))
	}
	at, head := len(ttf)+16*len(names), 0
	for _, name := range names {
		if name == "head" {
			head = at
		}
		ttf = append(ttf, name...)
		ttf = binary.BigEndian.AppendUint32(ttf, checksum(tables[name]))
		ttf = binary.BigEndian.AppendUint32(ttf, uint32(at))
		ttf = binary.BigEndian.AppendUint32(ttf, uint32(len(tables[name])))
		at += (len(tables[name]) + 3) &^ 3
	}
	for _, name := range names {
		ttf = append(ttf, tables[name]...)
		ttf = append(ttf, make([]byte, -len(ttf)&3)...)
	}
	binary.BigEndian.PutUint32(ttf[head+8:], 0xb1b0afba-checksum(ttf))
	return ttf
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += binary.BigEndian.Uint32(b)
	}
	var last [4]byte
	copy(last[:], b)
	return sum + binary.BigEndian.Uint32(last[:])
}
