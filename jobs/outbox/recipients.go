package outbox

import (
	"cmp"
	"context"
	"io"
	"net/url"
	"regexp"
	"slices"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Recipient gets a unit's reports for a time: until June 2025 the superior of a
// commune was its district, since then it is the province.
type Recipient struct {
	Unit ledger.UnitID `json:"unit"` // whose reports
	// To is the unit that the recipient stands for: its people may read the
	// delivered report here. "" where it is none of those that this server knows.
	To      ledger.UnitID `json:"to,omitempty"`
	Name    string        `json:"name"`
	Channel ChannelKind   `json:"channel"`
	// Address is a mail address, an https URL, or the name of a folder.
	Address string `json:"address"`
	// Secret signs what is sent to a webhook. It is made here and shown once.
	Secret    string       `json:"secret,omitempty"`
	ValidFrom calendar.Day `json:"validFrom"`
	ValidTo   calendar.Day `json:"validTo,omitempty"`
}

// ChannelKind is how a recipient is reached.
type ChannelKind string

// Kinds of channel.
const (
	ByMail    ChannelKind = "mail"
	ByWebhook ChannelKind = "webhook"
	ByFolder  ChannelKind = "folder"
)

// on reports whether the recipient is one on a day.
func (r *Recipient) on(d calendar.Day) bool {
	return r.ValidFrom <= d && (r.ValidTo == "" || d <= r.ValidTo)
}

// folderForm keeps a folder's name below the folder that the server was given.
var folderForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (r *Recipient) check() error {
	r.Name, r.Address = entry.Clean(r.Name), entry.Clean(r.Address)
	switch n := len([]rune(r.Name)); {
	case n < 1 || n > 200:
		return &entry.Invalid{Field: "name", Message: "Tên nơi nhận cần từ 1 đến 200 ký tự."}
	case !r.ValidFrom.Valid():
		return &entry.Invalid{Field: "validFrom", Message: "Ngày không đúng, cần dạng năm-tháng-ngày."}
	case r.ValidTo != "" && (!r.ValidTo.Valid() || r.ValidTo < r.ValidFrom):
		return &entry.Invalid{Field: "validTo", Message: "Ngày cuối không được trước ngày đầu."}
	case len(r.Address) > 500:
		return &entry.Invalid{Field: "address", Message: "Địa chỉ dài tối đa 500 ký tự."}
	}
	switch r.Channel {
	case ByMail:
		if !post.IsMailAddress(r.Address) {
			return &entry.Invalid{Field: "address", Message: "Địa chỉ thư điện tử không đúng."}
		}
	case ByWebhook:
		if u, err := url.Parse(r.Address); err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
			return &entry.Invalid{Field: "address", Message: "Địa chỉ webhook cần dạng https://…"}
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
	list   store.Table[Recipient]
}

// Add adds a recipient. The answer has the secret of a webhook, only this once.
func (l *Recipients) Add(ctx context.Context, r Recipient) (store.Stored[Recipient], error) {
	if err := r.check(); err != nil {
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
// and channel stay, and so does its secret unless a new one is wanted.
func (l *Recipients) Replace(ctx context.Context, id string, version int64, r Recipient, newSecret bool) (store.Stored[Recipient], error) {
	old, err := l.list.Get(ctx, id)
	switch {
	case err != nil:
		return old, err
	case old.Version != version:
		return old, store.ErrVersion
	}
	r.Unit, r.Channel, r.Secret = old.Value.Unit, old.Value.Channel, old.Value.Secret
	if err := r.check(); err != nil {
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
