package paper_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"pgregory.net/rapid"

	"github.com/sothon/sothon/jobs/paper"
)

// part is an element of a pdf's structure.
type part struct {
	kind  string
	text  string // of its own marked content, in order
	kids  []*part
	attrs types.Dict
}

// structureReader reads the structure of a file with the text of its pages.
type structureReader struct {
	context *model.Context
	pages   []page
	numbers map[int]int // of pages, by their objects
	read    map[[2]int]bool
}

func structure(file []byte) (*part, error) {
	context, err := api.ReadAndValidate(bytes.NewReader(file), model.NewDefaultConfiguration())
	if err != nil {
		return nil, err
	}
	r := &structureReader{context: context, numbers: map[int]int{}, read: map[[2]int]bool{}}
	if r.pages, err = readPDF(file); err != nil {
		return nil, err
	}
	for i := range r.pages {
		_, ref, _, err := context.PageDict(i+1, false)
		if err != nil {
			return nil, err
		}
		r.numbers[ref.ObjectNumber.Value()] = i
	}
	catalog, err := context.Catalog()
	if err != nil {
		return nil, err
	}
	root, err := context.DereferenceDict(catalog["StructTreeRoot"])
	if err != nil || root == nil {
		return nil, fmt.Errorf("no structure: %w", err)
	}
	p, err := r.part(root["K"], -1)
	if err != nil {
		return nil, err
	}
	return p, r.complete()
}

func (r *structureReader) part(o types.Object, page int) (*part, error) {
	dict, err := r.context.DereferenceDict(o)
	if err != nil {
		return nil, err
	}
	p := &part{kind: *dict.NameEntry("S")}
	p.attrs, _ = r.context.DereferenceDict(dict["A"])
	if ref := dict.IndirectRefEntry("Pg"); ref != nil {
		page = r.numbers[ref.ObjectNumber.Value()]
	}
	kids, err := r.context.DereferenceArray(dict["K"])
	if err != nil {
		return nil, err
	}
	for _, k := range kids {
		switch k := k.(type) {
		case types.Integer:
			err = r.mark(p, page, k.Value())
		case types.Dict:
			err = r.mark(p, r.numbers[k.IndirectRefEntry("Pg").ObjectNumber.Value()], *k.IntEntry("MCID"))
		default:
			var below *part
			if below, err = r.part(k, page); err == nil {
				p.kids = append(p.kids, below)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (r *structureReader) mark(p *part, page, mark int) error {
	if r.read[[2]int{page, mark}] {
		return fmt.Errorf("content %d of page %d belongs to two elements", mark, page+1)
	}
	r.read[[2]int{page, mark}] = true
	for _, s := range r.pages[page].texts {
		if s.mark == mark {
			p.text += s.text
		}
	}
	return nil
}

// complete fails if a text of a page neither belongs to an element nor adorns
// the page.
func (r *structureReader) complete() error {
	for i := range r.pages {
		for _, s := range r.pages[i].texts {
			if s.mark != artifact && !r.read[[2]int{i, s.mark}] {
				return fmt.Errorf("%q of page %d is in no element", s.text, i+1)
			}
		}
		for _, l := range r.pages[i].rules {
			if l.mark != artifact {
				return fmt.Errorf("a line of page %d is marked as %d", i+1, l.mark)
			}
		}
	}
	return nil
}

// show tells what p holds, an element a line.
func (p *part) show(indent string) string {
	s := indent + p.kind
	if p.text != "" {
		s += ": " + strings.TrimRight(p.text, " ")
	}
	s += "\n"
	for _, k := range p.kids {
		s += k.show(indent + "  ")
	}
	return s
}

// A reader that speaks, and a program that takes the text out, find the parts
// of the document in the order of reading, notes where they are referred to.
func TestPDFStructure(t *testing.T) {
	d := sample()
	d.Body = []paper.Block{
		paper.Heading{Level: 1, Text: "I. Một"},
		paper.Heading{Level: 3, Text: "a) Dưới một"},
		item("Việc thứ nhất"),
		item("Việc thứ hai"),
		paper.Paragraph{Runs: []paper.Run{{Text: "Trước"}, {Note: []string{"Chú thích"}}, {Text: "; sau."}}},
	}
	d.Annexes = d.Annexes[:1]
	table := d.Annexes[0].Body[0].(paper.Table)
	table.Rows = table.Rows[:1]
	d.Annexes[0].Body[0] = table
	root, err := structure(writePDF(t, d))
	if err != nil {
		t.Fatal(err)
	}
	const want = `Document
  P: ỦY BAN NHÂN DÂN
  P: HUYỆN MẪU SƠN
  P: ỦY BAN NHÂN DÂN
  P: XÃ SUỐI MẪU
  P: CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
  P: Độc lập - Tự do - Hạnh phúc
  P: Số: 05/BC-UBND
  P: Suối Mẫu, ngày 07 tháng 02 năm 2024
  H1: BÁO CÁO Kết quả phối hợp công tác giữa Ủy ban nhân dân và Ủy ban Mặt trận Tổ quốc Việt Nam xã nhiệm kỳ 2019-2024
  P: Kính gửi:
  P: - Ủy ban nhân dân huyện Mẫu Sơn;
  P: - Phòng Nội vụ huyện Mẫu Sơn.
  H2: I. MỘT
  H3: a) Dưới một
  L
    LI
      LBody: - Việc thứ nhất
    LI
      LBody: - Việc thứ hai
  P: Trước; sau.
    Reference: 1
    Note
      P: 1 Chú thích
  P: Nơi nhận:
  P: - Như trên;
  P: - Đảng ủy xã;
  P: - Thường trực HĐND xã;
  P: - Ủy ban MTTQ Việt Nam xã và các đoàn thể chính trị - xã hội;
  P: - Lưu: VT, VP.
  P: TM. ỦY BAN NHÂN DÂN
  P: KT. CHỦ TỊCH
  P: PHÓ CHỦ TỊCH
  P: Người Ký Mẫu
  Sect
    H2: Phụ lục I SỐ SUẤT QUÀ THEO THÔN VÀ THEO NĂM
    P: (Kèm theo Báo cáo số 05/BC-UBND ngày 07 tháng 02 năm 2024 của Ủy ban nhân dân xã Suối Mẫu)
    Table
      THead
        TR
          TH: TT
          TH: Thôn
          TH: Số suất quà trong năm
          TH: Tổng số
        TR
          TH: 2021
          TH: 2022
          TH: 2023
      TBody
        TR
          TD: 1
          TD: Thôn Đồi Mẫu
          TD: 200
          TD: 250
          TD: 120
          TD: 570
`
	if got := root.show(""); got != want {
		t.Errorf("the structure is\n%s", got)
	}
	head := root.find("TH")
	for i, want := range []string{
		"<</O/Table/RowSpan 2/Scope/Column>>", "<</O/Table/RowSpan 2/Scope/Column>>", "<</ColSpan 3/O/Table/Scope/Column>>",
		"<</O/Table/RowSpan 2/Scope/Column>>", "<</O/Table/Scope/Column>>", "<</O/Table/Scope/Column>>", "<</O/Table/Scope/Column>>",
	} {
		if got := strings.ReplaceAll(strings.ReplaceAll(head[i].attrs.PDFString(), " ", ""), "Span", "Span "); got != want {
			t.Errorf("head %d has %s", i, got)
		}
	}
}

// find returns the elements of a kind in order.
func (p *part) find(kind string) []*part {
	var all []*part
	if p.kind == kind {
		all = append(all, p)
	}
	for _, k := range p.kids {
		all = append(all, k.find(kind)...)
	}
	return all
}

// A table that goes over pages is one table with one head, and a row or a
// paragraph over two pages one element.
func TestPDFStructureOverPages(t *testing.T) {
	d := sample()
	long := strings.TrimSpace(strings.Repeat("Nội dung dài của một ô trong bảng. ", 400))
	rows := houses(120)
	rows.Rows[60].Cells[6] = long
	rest := strings.TrimSpace(strings.Repeat("Đoạn văn dài hơn một trang giấy. ", 200))
	d.Body = []paper.Block{text(rest), rows}
	root, err := structure(writePDF(t, d))
	if err != nil {
		t.Fatal(err)
	}
	table := root.find("Table")[0]
	if n := len(table.find("TH")); n != 7 {
		t.Errorf("%d heads of 7 columns", n)
	}
	if n := len(table.kids[1].kids); n != 121 {
		t.Errorf("%d rows, not 121", n)
	}
	if cell := table.kids[1].kids[60].kids[6]; strings.TrimSpace(cell.text) != long {
		t.Errorf("the long cell holds %d characters of %d", len(cell.text), len(long))
	}
	if !slices.ContainsFunc(root.find("P"), func(p *part) bool { return strings.TrimSpace(p.text) == rest }) {
		t.Error("the long paragraph is not one element")
	}
}

// Whatever a document holds: every text is part of the structure or adorns the
// page, no heading lies more than one level below the one before it, and every
// row of a table has as many cells as the table columns.
func TestAnyPDFStructure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		if err := paper.WritePDF(&b, anyDocument.Draw(t, "document")); err != nil {
			t.Fatal(err)
		}
		root, err := structure(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		level := 0
		root.walk(func(p *part) {
			if p.kind[0] == 'H' && len(p.kind) == 2 {
				next := int(p.kind[1] - '0')
				if next > level+1 {
					t.Errorf("%s follows H%d", p.kind, level)
				}
				level = next
			}
		})
		for _, table := range root.find("Table") {
			columns := 0
			for _, row := range table.find("TBody") {
				for _, tr := range row.kids {
					if columns == 0 {
						columns = len(tr.kids)
					}
					if len(tr.kids) != columns {
						t.Errorf("rows of %d and %d cells", columns, len(tr.kids))
					}
				}
			}
		}
	})
}

func (p *part) walk(do func(*part)) {
	do(p)
	for _, k := range p.kids {
		k.walk(do)
	}
}
