package outbox

import (
	"cmp"
	"context"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/edxml"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/jobs/report"
	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Recipient gets a unit's reports for a time: until June 2025 the superior of a
// commune was its district, since then it is the province.
type Recipient struct {
	Unit ledger.UnitID `json:"unit"` // whose reports
	// Template is the issuer whose reports the recipient gets; "" for all of the
	// unit, as recipients of before had it.
	Template report.Template `json:"template,omitempty"`
	// To is the unit that the recipient stands for: its people may read the
	// delivered report here. "" where this server knows no such recipient.
	To      ledger.UnitID `json:"to,omitempty"`
	Name    string        `json:"name"`
	Channel ChannelKind   `json:"channel"`
	// Address is a mail address, an https URL, or the name of a folder.
	Address string `json:"address"`
	// Secret signs what is sent to a webhook. It is made here and shown once.
	Secret    string       `json:"secret,omitempty"`
	ValidFrom calendar.Day `json:"validFrom"`
	ValidTo   calendar.Day `json:"validTo,omitempty"`
	// EdXML are the identifiers of the offices for whom a package goes with the
	// files; the zero value where none does.
	EdXML EdXMLCodes `json:"edxml,omitzero"`
}

// EdXMLCodes are the identifiers of sender and receiver in a package (mã định danh
// điện tử, Quyết định 20/2020/QĐ-TTg).
type EdXMLCodes struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (c EdXMLCodes) wanted() bool { return c != EdXMLCodes{} }

// ChannelKind is how a recipient is reached.
type ChannelKind string

// Kinds of channel.
const (
	ByMail    ChannelKind = "mail"
	ByWebhook ChannelKind = "webhook"
	ByFolder  ChannelKind = "folder"
)

// gets reports whether an issued report is for the recipient.
func (r *Recipient) gets(i *Issued) bool {
	return (r.Template == "" || r.Template == i.Template) && r.ValidFrom <= i.Date && (r.ValidTo == "" || i.Date <= r.ValidTo)
}

// same reports whether two recipients get the same report at the same address.
func (r *Recipient) same(o *Recipient) bool {
	return r.Channel == o.Channel && strings.EqualFold(r.Address, o.Address) &&
		(r.Template == "" || o.Template == "" || r.Template == o.Template) &&
		(r.ValidTo == "" || o.ValidFrom <= r.ValidTo) && (o.ValidTo == "" || r.ValidFrom <= o.ValidTo)
}

// folderForm keeps a folder's name below the folder that the server was given.
var folderForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (r *Recipient) check(inside []string) error {
	r.Name, r.Address = form.Composed(r.Name), form.Composed(r.Address)
	switch n := len([]rune(r.Name)); {
	case n < 1 || n > 200:
		return &entry.Invalid{Field: "name", Message: "Tên nơi nhận cần từ 1 đến 200 ký tự."}
	case strings.ContainsFunc(r.Name, form.Breaks):
		return &entry.Invalid{Field: "name", Message: "Tên nơi nhận phải nằm trên một dòng, không có ký tự điều khiển."}
	case r.Template != "" && !slices.Contains(report.Templates, r.Template):
		return &entry.Invalid{Field: "template", Message: "Mẫu báo cáo không có trong danh sách cho phép."}
	case !r.ValidFrom.Valid():
		return &entry.Invalid{Field: "validFrom", Message: "Ngày không đúng, cần dạng năm-tháng-ngày."}
	case r.ValidTo != "" && (!r.ValidTo.Valid() || r.ValidTo < r.ValidFrom):
		return &entry.Invalid{Field: "validTo", Message: "Ngày cuối không được trước ngày đầu."}
	case len(r.Address) > 500:
		return &entry.Invalid{Field: "address", Message: "Địa chỉ dài tối đa 500 ký tự."}
	}
	if r.EdXML.wanted() && r.Channel == ByWebhook {
		return &entry.Invalid{Field: "edxml", Message: "Gói edXML chỉ gửi kèm thư điện tử hoặc vào thư mục."}
	}
	if c := r.EdXML; c.wanted() && (!edxml.IsCode(c.From) || !edxml.IsCode(c.To)) {
		return &entry.Invalid{Field: "edxml", Message: "Mã định danh gồm chữ hoa không dấu và chữ số, chia nhóm bằng dấu chấm, như H48.28.12; cần cả mã nơi gửi và mã nơi nhận."}
	}
	switch r.Channel {
	case ByMail:
		if !post.IsMailAddress(r.Address) {
			return &entry.Invalid{Field: "address", Message: "Địa chỉ thư điện tử không đúng."}
		}
	case ByWebhook:
		if err := post.CheckWebhook(r.Address, inside); err != nil {
			return &entry.Invalid{Field: "address", Message: "Địa chỉ webhook cần dạng https://… và không nằm trong mạng nội bộ."}
		}
	case ByFolder:
		if !folderForm.MatchString(r.Address) {
			return &entry.Invalid{Field: "address", Message: "Tên thư mục gồm chữ thường không dấu, chữ số và gạch nối."}
		}
	default:
		return &entry.Invalid{Field: "channel", Message: "Cách gửi không có trong danh sách cho phép."}
	}
	return nil
}

// Recipients keeps the recipients of all units.
type Recipients struct {
	random io.Reader
	inside []string // as in Options
	list   store.Table[Recipient]
}

// check reports what is wrong with a recipient, alone and among the others of
// its unit. id is its own, "" for a new one.
func (l *Recipients) check(ctx context.Context, id string, r *Recipient) error {
	if err := r.check(l.inside); err != nil {
		return err
	}
	others, err := l.Of(ctx, r.Unit)
	if err != nil {
		return err
	}
	for i := range others {
		if others[i].ID != id && r.same(&others[i].Value) {
			return &entry.Invalid{Field: "address", Message: "Địa chỉ này đã là một nơi nhận của đơn vị trong cùng thời gian."}
		}
	}
	return nil
}

// Add adds a recipient. The answer has the secret of a webhook, only this once.
func (l *Recipients) Add(ctx context.Context, r Recipient) (store.Stored[Recipient], error) {
	if err := l.check(ctx, "", &r); err != nil {
		return store.Stored[Recipient]{}, err
	}
	id, err := entry.NewID(l.random, string(r.Unit)+".")
	if err != nil {
		return store.Stored[Recipient]{}, err
	}
	r.Secret = ""
	if r.Channel == ByWebhook {
		if r.Secret, err = entry.NewID(l.random, ""); err != nil {
			return store.Stored[Recipient]{}, err
		}
	}
	return l.list.Add(ctx, id, r)
}

// Replace changes a recipient, unless it has changed since a version. Its unit
// and channel stay, and so do its issuer unless another is named, and its secret
// unless a new one is wanted.
func (l *Recipients) Replace(ctx context.Context, id string, version int64, r Recipient, newSecret bool) (store.Stored[Recipient], error) {
	old, err := l.list.Get(ctx, id)
	switch {
	case err != nil:
		return old, err
	case old.Version != version:
		return old, store.ErrVersion
	}
	r.Unit, r.Channel, r.Secret = old.Value.Unit, old.Value.Channel, old.Value.Secret
	r.Template = cmp.Or(r.Template, old.Value.Template)
	if err := l.check(ctx, id, &r); err != nil {
		return old, err
	}
	if newSecret {
		if r.Channel != ByWebhook {
			return old, &entry.Invalid{Field: "newSecret", Message: "Chỉ webhook mới có khóa bí mật."}
		}
		if r.Secret, err = entry.NewID(l.random, ""); err != nil {
			return old, err
		}
	}
	old.Value = r
	return l.list.Replace(ctx, old)
}

// Get returns one.
func (l *Recipients) Get(ctx context.Context, id string) (store.Stored[Recipient], error) {
	return l.list.Get(ctx, id)
}

// Of returns the recipients of a unit by their first day.
func (l *Recipients) Of(ctx context.Context, unit ledger.UnitID) ([]store.Stored[Recipient], error) {
	const most = 500
	list, err := l.list.List(ctx, string(unit)+".", "", most)
	slices.SortStableFunc(list, func(a, b store.Stored[Recipient]) int {
		return cmp.Compare(a.Value.ValidFrom, b.Value.ValidFrom)
	})
	return list, err
}
