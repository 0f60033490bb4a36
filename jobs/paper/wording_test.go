package paper_test

import (
	"strings"
	"testing"

	"github.com/sothon/sothon/jobs/paper"
)

// letter is the sample's head and foot alone.
func letter() *paper.Document {
	d := sample()
	d.Body, d.Annexes = nil, nil
	return d
}

// inBoth fails unless both forms of a document say so. In each, room is left
// by spaces at which no line breaks; they are shown as ~.
func inBoth(t *testing.T, d *paper.Document, want string) {
	t.Helper()
	want = strings.ReplaceAll(want, "~", "\u00a0")
	if s := pages(t, d)[0].text(); !strings.Contains(s, want) {
		t.Errorf("the pdf does not say %q", want)
	}
	if s := readDOCX(t, d).body.text(); !strings.Contains(s, want) {
		t.Errorf("the docx does not say %q", want)
	}
}

func TestNumber(t *testing.T) {
	for number, want := range map[string]string{
		"1": "Số: 01/BC-UBND", "9": "Số: 09/BC-UBND", "05": "Số: 05/BC-UBND", "10": "Số: 10/BC-UBND",
		"156": "Số: 156/BC-UBND", "": "Số: ~~~~~~~~/BC-UBND",
	} {
		d := letter()
		d.Number = number
		inBoth(t, d, want)
	}
}

func TestDate(t *testing.T) {
	for want, date := range map[string]paper.Date{
		"Suối Mẫu, ngày 09 tháng 01 năm 2024":             {Year: 2024, Month: 1, Day: 9},
		"Suối Mẫu, ngày 01 tháng 02 năm 2024":             {Year: 2024, Month: 2, Day: 1},
		"Suối Mẫu, ngày 10 tháng 3 năm 2024":              {Year: 2024, Month: 3, Day: 10},
		"Suối Mẫu, ngày 31 tháng 12 năm 2024":             {Year: 2024, Month: 12, Day: 31},
		"Suối Mẫu, ngày ~~~~~~ tháng 7 năm 2024":          {Year: 2024, Month: 7},
		"Suối Mẫu, ngày ~~~~~~ tháng ~~~~~~ năm 2024":     {Year: 2024},
		"Suối Mẫu, ngày ~~~~~~ tháng ~~~~~~ năm ~~~~~~~~": {},
	} {
		d := letter()
		d.Date = date
		inBoth(t, d, want)
	}
	d := letter()
	d.Place = ""
	inBoth(t, d, "Ngày 07 tháng 02 năm 2024")
}

func TestAddressees(t *testing.T) {
	d := letter()
	inBoth(t, d, "- Ủy ban nhân dân huyện Mẫu Sơn;")
	inBoth(t, d, "- Phòng Nội vụ huyện Mẫu Sơn.")
	p := &pages(t, d)[0]
	to, dash := p.find(t, "Kính gửi:"), p.find(t, "- Ủy ban")
	if colon := to.right() - textLength("", to.size, ":"); dash.x < colon-.5 || dash.x > to.right() {
		t.Errorf("the dash is at %.1f, the colon at %.1f", dash.x, colon)
	}
	d.Addressees = d.Addressees[:1]
	inBoth(t, d, "Kính gửi: Ủy ban nhân dân huyện Mẫu Sơn")
	d.Addressees = nil
	if strings.Contains(pages(t, d)[0].text(), "Kính gửi") || strings.Contains(readDOCX(t, d).body.text(), "Kính gửi") {
		t.Error("nobody is addressed")
	}
}

func TestDraft(t *testing.T) {
	d := letter()
	if strings.Contains(pages(t, d)[0].text(), "DỰ THẢO") {
		t.Error("it is no draft")
	}
	d.Draft, d.Number = true, ""
	inBoth(t, d, "DỰ THẢO")
	p := &pages(t, d)[0]
	if number, draft := p.find(t, "Số:"), p.find(t, "DỰ THẢO"); draft.y <= number.y || draft.font != "B" {
		t.Errorf("the mark is at %.1f in %q, the number at %.1f", draft.y, draft.font, number.y)
	}
}

func TestRecipients(t *testing.T) {
	d := letter()
	d.Recipients = []string{"- Như trên;", "  ", "Lưu: VT."}
	inBoth(t, d, "- Như trên;")
	inBoth(t, d, "- Lưu: VT.")
}
