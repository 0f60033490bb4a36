package report

import (
	"fmt"
	"slices"
	"strings"
)

// Template is whose voice a report speaks in.
type Template string

// Templates: that of a people's committee (Ủy ban nhân dân), laid out by Nghị
// định 30/2020/NĐ-CP, and that of the Fatherland Front (Mặt trận Tổ quốc), which
// has its own head and symbol.
const (
	UBND Template = "ubnd"
	MTTQ Template = "mttq"
)

// Templates lists them.
var Templates = []Template{UBND, MTTQ}

// Letter is what stands around a report's text, and does not come from records.
type Letter struct {
	Parent     []string `json:"parent"` // the body above the issuer, in lines
	Issuer     []string `json:"issuer"` // in lines
	Symbol     string   `json:"symbol"` // "BC-UBND"
	Place      string   `json:"place"`
	Addressees []string `json:"addressees"` // Kính gửi
	Recipients []string `json:"recipients"` // Nơi nhận; the last is "Lưu: VT"
	Drafting   Drafting `json:"drafting,omitzero"`
	Authority  []string `json:"authority"` // over the position: "TM. ỦY BAN NHÂN DÂN"
	Position   string   `json:"position"`  // of who signs
}

// Drafting is who drafts an issuer's reports, and how many copies there are. It
// stands behind "Lưu: VT", where anything of it is set.
type Drafting struct {
	Unit    string `json:"unit,omitempty"`    // đơn vị soạn thảo, abbreviated: "VP"
	Kept    int    `json:"kept,omitempty"`    // số lượng bản lưu
	Drafter string `json:"drafter,omitempty"` // ký hiệu người soạn thảo: "NVM"
	Copies  int    `json:"copies,omitempty"`  // số lượng bản phát hành
}

// filed is the line of the copies that stay: "Lưu: VT, VP(02). NVM.15".
func (d *Drafting) filed(line string) string {
	if d.Unit != "" {
		line += ", " + d.Unit
	}
	if d.Kept > 0 {
		line += fmt.Sprintf("(%02d)", d.Kept)
	}
	var sign []string
	if d.Drafter != "" {
		sign = append(sign, d.Drafter)
	}
	if d.Copies > 0 {
		sign = append(sign, fmt.Sprintf("%02d", d.Copies))
	}
	if len(sign) > 0 {
		line += ". " + strings.Join(sign, ".")
	}
	return line
}

// receivers are the recipients as they are printed.
func (l *Letter) receivers() []string {
	const filed = "Lưu: "
	if l.Drafting == (Drafting{}) {
		return l.Recipients
	}
	list := slices.Clone(l.Recipients)
	if n := len(list); n == 0 || !strings.HasPrefix(list[n-1], filed) {
		list = append(list, filed+"VT")
	}
	list[len(list)-1] = l.Drafting.filed(list[len(list)-1])
	return list
}

// StandardLetter is the letterhead of a commune that has not set one. parent is
// the unit above it, "" where there is none.
func StandardLetter(template Template, commune, parent, parentLevel string) Letter {
	kind := kindOf(commune, "", false)
	name, place := withKind(kind, commune), placeName(commune)
	if template == MTTQ {
		l := Letter{
			Addressees: []string{}, Parent: []string{"ỦY BAN MTTQ VIỆT NAM", strings.ToUpper(name)}, Issuer: []string{"BAN THƯỜNG TRỰC"}, Symbol: "BC-MTTQ-BTT",
			Authority: []string{"TM. BAN THƯỜNG TRỰC"}, Position: "CHỦ TỊCH", Place: place,
			Recipients: []string{"Đảng ủy, HĐND, UBND " + kind, "Các tổ chức thành viên", "Lưu: VT"},
		}
		if parent != "" {
			superior := "Ban Thường trực Ủy ban MTTQ Việt Nam " + withKind(parentLevel, parent)
			l.Addressees = []string{superior}
			l.Recipients = append([]string{"Như trên"}, l.Recipients...)
		}
		return l
	}
	l := Letter{
		Parent: []string{}, Addressees: []string{}, Issuer: []string{"ỦY BAN NHÂN DÂN", strings.ToUpper(name)}, Symbol: "BC-UBND", Place: place,
		Authority: []string{"TM. ỦY BAN NHÂN DÂN"}, Position: "CHỦ TỊCH",
		Recipients: []string{"Đảng ủy, HĐND " + kind, "Ủy ban MTTQ Việt Nam " + kind, "Lưu: VT"},
	}
	if parent != "" {
		above := withKind(parentLevel, parent)
		l.Parent = []string{"ỦY BAN NHÂN DÂN", strings.ToUpper(above)}
		l.Addressees = []string{"Ủy ban nhân dân " + above}
		l.Recipients = append([]string{"Như trên"}, l.Recipients...)
	}
	return l
}

// About is what a document is about, as a sentence has it: "về kết quả công tác".
// A subject may begin with that word itself.
func About(subject string) string {
	const about = "về "
	if subject = LowerFirst(strings.TrimSpace(subject)); strings.HasPrefix(subject, about) {
		return subject
	}
	return about + subject
}

// issuer is who reports, in a sentence: "Ủy ban nhân dân xã Trà Lâm". commune
// has its kind before it.
func (t Template) issuer(commune string) string {
	if t == MTTQ {
		return "Ban Thường trực Ủy ban MTTQ Việt Nam " + commune
	}
	return "Ủy ban nhân dân " + commune
}
