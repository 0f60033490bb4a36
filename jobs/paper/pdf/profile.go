package pdf

import (
	"encoding/binary"
	"math"
	"sync"
	"unicode/utf16"
)

// sRGB is an ICC profile (ICC.1:2004-10) of the colours of IEC 61966-2-1, made
// of that standard's numbers; they are adapted to the illuminant D50 by the
// Bradford transform, as ICC profiles are. PDF/A asks for a profile that says
// what black is.
var sRGB = sync.OnceValue(func() []byte {
	curve := parametric(2.4, 1/1.055, .055/1.055, 1/12.92, .04045)
	return profile(
		tag{"desc", localized("sRGB IEC61966-2.1")},
		tag{"cprt", localized("No copyright, use freely")},
		tag{"wtpt", numbers("XYZ ", .9642, 1, .8249)},
		tag{"chad", numbers("sf32", 1.0478112, .0228866, -.0501270, .0295424, .9904844, -.0170491, -.0092345, .0150436, .7521316)},
		tag{"rXYZ", numbers("XYZ ", .4360747, .2225045, .0139322)},
		tag{"gXYZ", numbers("XYZ ", .3850649, .7168786, .0971045)},
		tag{"bXYZ", numbers("XYZ ", .1430804, .0606169, .7141733)},
		tag{"rTRC", curve}, tag{"gTRC", curve}, tag{"bTRC", curve},
	)
})

type tag struct {
	name string
	data []byte
}

func profile(tags ...tag) []byte {
	const header = 128
	b := make([]byte, header, 1024)
	binary.BigEndian.PutUint32(b[8:], 0x04200000) // version 4.2
	copy(b[12:], "mntrRGB XYZ ")
	binary.BigEndian.PutUint16(b[24:], 2000) // made on 2000-01-01: it has no clock
	b[27], b[29] = 1, 1
	copy(b[36:], "acsp")
	copy(b[68:], numbers("", .9642, 1, .8249)[4:])
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	at := len(b) + 12*len(tags)
	for _, t := range tags {
		b = append(b, t.name...)
		b = binary.BigEndian.AppendUint32(b, uint32(at))
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.data)))
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tags {
		b = append(b, t.data...)
		b = append(b, make([]byte, -len(t.data)&3)...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// numbers are fixed-point numbers behind the name of their type.
func numbers(kind string, values ...float64) []byte {
	b := append([]byte(kind), 0, 0, 0, 0)
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// parametric is the curve cX below d, and (aX+b)^g from there on.
func parametric(g, a, b, c, d float64) []byte {
	return append(append([]byte("para\x00\x00\x00\x00"), 0, 3, 0, 0), numbers("", g, a, b, c, d)[4:]...)
}

func localized(s string) []byte {
	text := utf16.Encode([]rune(s))
	b := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(text)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for _, u := range text {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}
