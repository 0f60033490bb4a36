package paper

// What Nghị định 30/2020/NĐ-CP, Annex I, fixes. Where it leaves a choice, the
// larger size is taken, as most offices do.

const (
	nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto  = "Độc lập - Tự do - Hạnh phúc"
)

const mm = 72 / 25.4 // points

// The page, in points: A4, and its margins.
const (
	pageShort = 210 * mm
	pageLong  = 297 * mm

	marginTop    = 20 * mm
	marginBottom = 20 * mm
	marginLeft   = 30 * mm
	marginRight  = 15 * mm
	numberTop    = 10 * mm // from the page's edge to the page number
)

// The columns of the head and of the foot, in points.
const (
	textWidth       = pageShort - marginLeft - marginRight
	issuerWidth     = 67 * mm
	nationWidth     = textWidth - issuerWidth
	recipientsWidth = 75 * mm
	signatureWidth  = textWidth - recipientsWidth
)

// Lengths within the text, in points.
const (
	firstLine    = 12.7 * mm
	paragraphGap = 6.0
	bodyLeading  = 1.1
	signatureGap = 12.0 // between the text and the signature
	// Between position and name: 30 mm, where the picture of a digital signature
	// stands in the middle, and the agency's seal over its left third.
	signatureRoom = 30 * mm
	ruleShare     = 0.42 // of the text above a rule: the decree has 1/3 to 1/2
	ruleBox       = 6.0  // height that a rule takes
	ruleWeight    = 0.75
	frameWeight   = 0.5 // of a table's lines
	noteRule      = 50 * mm
	noteGap       = 4.0 // between text and the footnotes' rule
)

// style is how a kind of text looks.
type style struct {
	face    face
	size    float64 // in points
	leading float64 // line height as a multiple of the font's own; 0 means 1
	align   textAlign
	indent  float64 // of the first line, in points
	before  float64 // points above the first line
	after   float64 // points below the last line
	caps    bool
	keep    bool // with what follows
}

// textAlign is an Align, or justified.
type textAlign int

const (
	justified textAlign = iota
	toLeft
	centred
	toRight
)

func (a Align) text() textAlign {
	switch a {
	case Center:
		return centred
	case Right:
		return toRight
	default:
		return toLeft
	}
}

// The styles, by what they are for. Both the docx and the pdf are made of them.
var (
	parentStyle = style{size: 13, align: centred, caps: true}
	issuerStyle = style{face: bold, size: 13, align: centred, caps: true}
	nationStyle = style{face: bold, size: 13, align: centred}
	mottoStyle  = style{face: bold, size: 14, align: centred}
	numberStyle = style{size: 13, align: centred, before: 6}
	placeStyle  = style{face: italic, size: 14, align: centred, before: 6}
	draftStyle  = style{face: bold, size: 13, align: centred, before: 3}

	kindStyle      = style{face: bold, size: 14, align: centred, before: 18, caps: true, keep: true}
	subjectStyle   = style{face: bold, size: 14, align: centred, keep: true}
	addresseeStyle = style{size: 14, align: centred, before: 6, keep: true}

	bodyStyle = style{size: 14, leading: bodyLeading, indent: firstLine, before: paragraphGap}
	// Headings are not justified: two lines of one would be spread by the words that
	// stay together on the second.
	partStyle    = style{face: bold, size: 14, leading: bodyLeading, align: toLeft, indent: firstLine, before: paragraphGap, caps: true, keep: true}
	sectionStyle = style{face: bold, size: 14, leading: bodyLeading, align: toLeft, indent: firstLine, before: paragraphGap, keep: true}
	pointStyle   = style{size: 14, leading: bodyLeading, align: toLeft, indent: firstLine, before: paragraphGap, keep: true}
	captionStyle = style{face: bold, size: 13, align: centred, before: 8, after: 4, keep: true}
	noteStyle    = style{size: 10}

	recipientsStyle = style{face: boldItalic, size: 12, align: toLeft}
	recipientStyle  = style{size: 11, align: toLeft}
	positionStyle   = style{face: bold, size: 14, align: centred, caps: true}
	signerStyle     = style{face: bold, size: 14, align: centred}

	annexStyle        = style{face: bold, size: 14, align: centred, keep: true}
	annexSubjectStyle = style{face: bold, size: 14, align: centred, caps: true, keep: true}
	annexSourceStyle  = style{face: italic, size: 14, align: centred, keep: true}

	pageNumberStyle = style{size: 14, align: centred}
)
