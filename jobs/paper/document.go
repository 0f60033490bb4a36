package paper

// Document is an administrative document (văn bản hành chính). Texts are one
// line each unless they say otherwise.
type Document struct {
	Parent     []string // the body above the issuer, in lines: "ỦY BAN NHÂN DÂN", "HUYỆN TRÀ BỒNG"; may be empty
	Issuer     []string // who issues it, in lines
	Number     string   // "56"; "" in a draft, which leaves room for it
	Symbol     string   // "BC-UBND": number and symbol together read "Số: 56/BC-UBND"
	Place      string   // "Trà Lâm"
	Date       Date     // of issue; a zero day or month leaves room for it
	Kind       string   // tên loại: "BÁO CÁO"
	Subject    string   // trích yếu
	Addressees []string // Kính gửi; may be empty
	Draft      bool     // says "DỰ THẢO" under number and symbol
	Body       []Block
	Recipients []string // Nơi nhận, without dashes and ends: "Đảng ủy xã"; the last is "Lưu: VT"
	Signature  Signature
	Annexes    []Annex

	Title  string // of the file's properties
	Author string // of the file's properties
}

// Date is a day of the calendar.
type Date struct{ Year, Month, Day int }

// Signature is the block of who signs (chức vụ, họ tên, chữ ký).
type Signature struct {
	Authority []string // "TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", in lines; may be empty
	Position  string   // "CHỦ TỊCH"
	Name      string   // "" leaves room for it
}

// Annex begins on its own page (phụ lục).
type Annex struct {
	Title     string // "Phụ lục I"
	Subject   string // in CAPS under it
	Source    string // what it belongs to, in italics: "Kèm theo Báo cáo số 56/BC-UBND …"; may be empty
	Landscape bool
	Body      []Block
}

// Block is a [Heading], a [Paragraph] or a [Table].
type Block interface{ block() }

// Heading is the title of a part.
type Heading struct {
	Level int // 1: "I." CAPS bold; 2: "1." bold; 3: "a)" upright
	Text  string
}

// Paragraph is justified text.
type Paragraph struct {
	Runs []Run
	Item bool // an item of a list, "- " before it
}

// Run is text in one style.
type Run struct {
	Text         string
	Bold, Italic bool
	Note         []string // a footnote behind the text, in paragraphs; empty means none
}

// Table is a table with a head that every page repeats.
type Table struct {
	Caption string // above it, centred; may be ""
	Columns []Column
	// Groups stand above the head and span several columns each; empty means none.
	// Their spans add up to the columns. An empty text leaves the head of its
	// single column as high as the head.
	Groups []Group
	Rows   []Row
	Size   float64 // of its text at most, in points; 0 means 13
}

// Column is one of a table.
type Column struct {
	Title string
	Width float64 // its share of the table's width, in any measure
	Align Align
}

// Group is a head over several columns.
type Group struct {
	Title string
	Span  int // 1 or more
}

// Row is one of a table: a text for each column. Cells that are missing stay
// empty; cells without a column are not written.
type Row struct {
	Cells []string
	Bold  bool // a sum
}

// Align is where a cell's text stands.
type Align int

// Alignments.
const (
	Left Align = iota
	Center
	Right
)

func (Heading) block()   {}
func (Paragraph) block() {}
func (Table) block()     {}
