package jobs

import (
	"cmp"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sothon/sothon/jobs/calendar"
	"github.com/sothon/sothon/jobs/post"
	"github.com/sothon/sothon/sync/ledger"
	"github.com/sothon/sothon/sync/store"
)

// Recipient is somebody who gets a unit's reports, for a time: until June 2025
// the superior of a commune was its district, since then it is the province.
type Recipient struct {
	Unit ledger.UnitID `json:"unit"` // whose reports
	// To is the unit that the recipient stands for: its people may read the
	// delivered report here. "" where it is none of those that this server knows.
	To      ledger.UnitID `json:"to,omitempty"`
	Name    string        `json:"name"`
	Channel ChannelKind   `json:"channel"`
	// Address is a mail address, an https URL, or the name of a folder.
	Address string `json:"address"`
	// Secret signs what is sent to a webhook. It is made here and shown once,
	// as is one that takes its place.
	Secret    string       `json:"secret,omitempty"`
	ValidFrom calendar.Day `json:"validFrom"`
	ValidTo   calendar.Day `json:"validTo,omitempty"`
}

// ChannelKind is a way to a recipient.
type ChannelKind string

// Ways.
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
	r.Name, r.Address = tidy(r.Name), tidy(r.Address)
	switch n := len([]rune(r.Name)); {
	case n < 1 || n > 200:
		return &Invalid{"name", "Tên nơi nhận cần từ 1 đến 200 ký tự."}
	case !r.ValidFrom.Valid():
		return &Invalid{"validFrom", "Ngày không đúng, cần dạng năm-tháng-ngày."}
	case r.ValidTo != "" && (!r.ValidTo.Valid() || r.ValidTo < r.ValidFrom):
		return &Invalid{"validTo", "Ngày cuối không được trước ngày đầu."}
	case len(r.Address) > 500:
		return &Invalid{"address", "Địa chỉ dài tối đa 500 ký tự."}
	}
	switch r.Channel {
	case ByMail:
		if !post.IsMailAddress(r.Address) {
			return &Invalid{"address", "Địa chỉ thư điện tử không đúng."}
		}
	case ByWebhook:
		if u, err := url.Parse(r.Address); err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
			return &Invalid{"address", "Địa chỉ webhook cần dạng https://…"}
		}
	case ByFolder:
		if !folderForm.MatchString(r.Address) {
			return &Invalid{"address", "Tên thư mục gồm chữ thường không dấu, chữ số và gạch nối."}
		}
	default:
		return &Invalid{"channel", "Cách gửi không có trong danh sách cho phép."}
	}
	return nil
}

// newID makes an id that nobody guesses, of a-z and 2-7.
func (f *Office) newID(prefix string) (string, error) {
	var b [15]byte
	if _, err := io.ReadFull(f.Random, b[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])), nil
}

// AddRecipient adds one. The answer has the secret of a webhook, this once.
func (f *Office) AddRecipient(ctx context.Context, r Recipient) (store.Stored[Recipient], error) {
	if err := r.check(); err != nil {
		return store.Stored[Recipient]{}, err
	}
	id, err := f.newID(string(r.Unit) + ".")
	if err != nil {
		return store.Stored[Recipient]{}, err
	}
	r.Secret = ""
	if r.Channel == ByWebhook {
		if r.Secret, err = f.newID(""); err != nil {
			return store.Stored[Recipient]{}, err
		}
	}
	return f.recipients.Add(ctx, id, r)
}

// ReplaceRecipient changes one, unless somebody has since a version. What it is
// of and how it is reached stay, and so does its secret unless it is to be a new
// one.
func (f *Office) ReplaceRecipient(ctx context.Context, id string, version int64, r Recipient, newSecret bool) (store.Stored[Recipient], error) {
	old, err := f.recipients.Get(ctx, id)
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
			return old, &Invalid{"newSecret", "Chỉ webhook mới có khóa bí mật."}
		}
		if r.Secret, err = f.newID(""); err != nil {
			return old, err
		}
	}
	old.Value = r
	return f.recipients.Replace(ctx, old)
}

// Recipient returns one.
func (f *Office) Recipient(ctx context.Context, id string) (store.Stored[Recipient], error) {
	return f.recipients.Get(ctx, id)
}

// Recipients lists those of a unit by their first day.
func (f *Office) Recipients(ctx context.Context, unit ledger.UnitID) ([]store.Stored[Recipient], error) {
	const most = 500
	list, err := f.recipients.List(ctx, string(unit)+".", "", most)
	slices.SortStableFunc(list, func(a, b store.Stored[Recipient]) int {
		return cmp.Compare(a.Value.ValidFrom, b.Value.ValidFrom)
	})
	return list, err
}

// secret returns a secret of this database, made when it is first asked for.
func (f *Office) secret(ctx context.Context, name string) ([]byte, error) {
	for {
		s, err := f.secrets.Get(ctx, name)
		if err == nil {
			return s.Value, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		key := make([]byte, 32)
		if _, err := io.ReadFull(f.Random, key); err != nil {
			return nil, fmt.Errorf("draw a secret: %w", err)
		}
		if _, err := f.secrets.Add(ctx, name, key); err != nil && !errors.Is(err, store.ErrTaken) {
			return nil, err
		}
	}
}
