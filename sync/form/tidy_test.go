package form_test

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

func TestTidy(t *testing.T) {
	for _, c := range []struct {
		kind          ledger.Kind
		members, want string
	}{
		{
			"household", `"action":"edit","set":{"category":"poor","headName":" Hộ  mẫu Hoà ","nationalId":"051 000.000-012","phone":"+84 905 123 456"}`,
			`"action":"edit","set":{"category":"poor","headName":"Hộ mẫu Hòa","nationalId":"051000000012","phone":"0905123456"}`,
		},
		{
			"household", `"action":"edit","set":{"code":"  ","members":[{"birthYear":null,"name":" A  B ","relation":""}]}`,
			`"action":"edit","set":{"code":null,"members":[{"name":"A B"}]}`,
		},
		{"household", `"action":"edit","set":{"headName":" ","members":[{"name":" "}]}`, `"action":"edit","set":{"headName":null,"members":[{"name":null}]}`},
		{"gift", `"action":"edit","set":{"items":"gạo\r\nchăn ","photos":[]}`, `"action":"edit","set":{"items":"gạo\nchăn","photos":null}`},
		{"campaign", `"action":"edit","set":{"categories":["nearPoor","poor","nearPoor"]}`, `"action":"edit","set":{"categories":["poor","nearPoor"]}`},
		{"campaign", `"action":"edit","set":{"categories":["nearPoor","rich"]}`, ""},
		{"gift", `"action":"resolve","field":"items","sees":["1.0"],"value":"gạo "`, `"action":"resolve","field":"items","sees":["1.0"],"value":"gạo"`},
		{"gift", `"action":"resolve","field":"_lifecycle","sees":["1.0"],"value":"live"`, ""},
		{"gift", `"action":"review","note":"Xem lại\r\nsố suất ","state":"returned"`, `"action":"review","note":"Xem lại\nsố suất","state":"returned"`},
		{"gift", `"action":"review","state":"approved"`, ""},
		{"gift", `"action":"comment","text":" Đã ký\r\nnhận "`, `"action":"comment","text":"Đã ký\nnhận"`},
		{"gift", `"action":"comment","text":"  "`, ""},
		// What is wrong stays, to be refused under its own name.
		{"household", `"action":"edit","set":{"headName":7,"members":{},"phone":"số cũ","wings":" x "}`, ""},
		{"household", `"action":"edit","set":{"members":[1,{"name":" A "}]}`, ""},
		{"dragon", `"action":"edit","set":{"headName":" A "}`, ""},
		{"household", `"action":"fly","set":{"headName":" A "}`, ""},
	} {
		op := mustOp(t, c.kind, c.members)
		want := op
		if c.want != "" {
			want = mustOp(t, c.kind, c.want)
		}
		got := form.Tidy(op)
		if got.Text != want.Text || got.Fault != want.Fault {
			t.Errorf("Tidy(%s) = %s, want %s", c.members, got.Text, want.Text)
		}
		if c.want == "" && got != op {
			t.Errorf("%s: a tidy op is copied", c.members)
		}
	}
}

// Two people who write the same words differently are not in conflict.
func TestTidySiblingsAreOne(t *testing.T) {
	for field, ways := range map[string][]string{
		"headName": {`"Hộ mẫu Hoà"`, `"Hộ  mẫu Hòa "`, `"Hộ\u00a0mẫu Hòa"`, `"Ho\u0323\u0302 ma\u0302\u0303u Ho\u0300a"`},
		"phone":    {`"0905123456"`, `"+84905123456"`, `"0905.123.456"`},
		"code":     {`null`, `""`, `" "`},
	} {
		v := newVillage(t)
		var r *ledger.Record
		for _, way := range ways {
			r = v.apply(form.Tidy(mustEdit(t, "household", `{"`+field+`":`+way+`}`)), "u1")
		}
		if conflicts := r.Conflicts(); len(conflicts) != 0 {
			t.Errorf("%v are in conflict: %v", ways, r.Register(field))
		}
	}
}

// Tidy is total, does nothing twice, and an op that it touched is one that the
// ledger reads.
func TestTidyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(form.All()).Draw(t, "form")
		op := mustEdit(t, f.Kind, drawSet(t, f, "set"))
		once := form.Tidy(op)
		if once.Fault != op.Fault || once.N != op.N || once.Record != op.Record || once.Base != op.Base || len(once.Set) != len(op.Set) {
			t.Fatalf("%s became %s", op.Text, once.Text)
		}
		if again := form.Tidy(once); again != once {
			t.Fatalf("%s is tidied twice: %s", once.Text, again.Text)
		}
		if canonical, err := ledger.Canonical([]byte(once.Text)); err != nil || canonical != once.Text {
			t.Fatalf("%s is not canonical: %v", once.Text, err)
		}
	})
	if got := form.TidyText("A\u00ad\u0302"); got != "Â" {
		t.Errorf("what stood between a letter and its mark: %q", got)
	}
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("hHtqQoOòaAàáeèuUùúyYỳýêếđÐƣ \t\r\n\u00a0\u200b.")), 0, 30, -1)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(letters, rapid.String()).Draw(t, "text")
		for name, tidy := range map[string]func(string) string{"TidyText": form.TidyText, "TidyLines": form.TidyLines} {
			once := tidy(s)
			if again := tidy(once); again != once {
				t.Fatalf("%s(%q) = %q, and again %q", name, s, once, again)
			}
			if !utf8.ValidString(once) || form.FoldText(once) != form.FoldText(s) {
				t.Fatalf("%s(%q) = %q folds otherwise", name, s, once)
			}
		}
	})
}
