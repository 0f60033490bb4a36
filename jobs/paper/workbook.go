package paper

// Workbook is a set of tables for a spreadsheet.
type Workbook struct {
	Title  string // of the file's properties
	Author string // of the file's properties
	Sheets []Sheet
}

// Sheet is one table, printed on A4 or A3 with its head on every page.
type Sheet struct {
	Name      string   // of the tab: Excel's limits are kept by shortening and replacing
	Title     []string // lines above the table, the first bold, the others in italics
	Landscape bool
	A3        bool // printed on A3: for registers of many columns
	// Continued is a register to be printed: a row with more text than a row can
	// show goes on in the next one.
	Continued bool
	Columns   []SheetColumn
	Numbered  bool // the columns have numbers under their titles: (1), (2), …
	// Rows gives the rows one after the other, so that 100,000 of them need not
	// stand in memory at once. A row has a cell for each column.
	Rows func(yield func([]Cell) bool)
}

// SheetColumn is one column of a sheet.
type SheetColumn struct {
	Title string
	Width float64 // in characters; 0 is for what is usual
	Align Align   // Left leaves numbers and days where Excel puts them, on the right
	Wrap  bool    // long text breaks into lines, and keeps its own
	// Hidden is a column that is in the file but not shown or printed.
	Hidden bool
}

// Cell is a text or a number; the zero cell is empty. A text never becomes a
// formula, whatever it begins with. A number beyond 15 digits, which Excel does
// not hold exactly, is written as text.
type Cell struct {
	Text   string
	Number int64
	Format Format
	Bold   bool
	Marked bool // a number with (*) behind it
}

// Format tells what a cell holds.
type Format int

// Formats.
const (
	Text    Format = iota
	Integer        // 3.038
	Dong           // 800.000.000, đồng
	Day            // Text is YYYY-MM-DD, shown as dd/mm/yyyy; anything else is shown as it is
)
