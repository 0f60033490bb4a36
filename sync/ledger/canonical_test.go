package ledger_test

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/sothon/sothon/sync/ledger"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"white space", " { \"b\" : [ 1 , true , null ] ,\n\t\"a\" : \"x\" } ", `{"a":"x","b":[1,true,null]}`},
		{"order of keys", `{"b":1,"a":{"d":1,"c":2},"ab":3}`, `{"a":{"c":2,"d":1},"ab":3,"b":1}`},
		{"decomposed text", `"Ho` + "̣" + `̂ mẫu"`, `"Hộ mẫu"`},
		{"escapes", `"\u0041\/\n\u001f\"\\é"`, `"A/\n\u001f\"\\é"`},
		{"surrogate pair", `"\ud83d\ude00"`, `"😀"`},
		{"half a pair at the end", `"quà \ud83d"`, "\"quà \ufffd\""},
		{"half a pair before a letter", `"\ud83d\u0041\ude00!"`, "\"\ufffdA\ufffd!\""},
		{"half a pair before a pair", `"\ud83d\ud83d\ude00"`, "\"\ufffd😀\""},
		{"NUL is kept for the form to refuse", `"\u0000"`, `"\u0000"`},
		{"minus zero", `-0`, `0`},
		{"a number no field takes", `1.50e3`, `1.50e3`},
		{"beyond 64 bits", `9223372036854775808`, `9223372036854775808`},
		{"operators are names like any other", `{"$ne":1,"a.b":2}`, `{"$ne":1,"a.b":2}`},
		{"empty", `{"a":[],"b":{}}`, `{"a":[],"b":{}}`},
	} {
		got, err := ledger.Canonical([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: Canonical(%s) = %s, %v; want %s", c.name, c.in, got, err, c.want)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{``, ledger.ErrSyntax},
		{`{`, ledger.ErrSyntax},
		{`{"a":1,}`, ledger.ErrSyntax},
		{`[1 2]`, ledger.ErrSyntax},
		{`01`, ledger.ErrSyntax},
		{`1.`, ledger.ErrSyntax},
		{`nul`, ledger.ErrSyntax},
		{`"a` + "\n" + `b"`, ledger.ErrSyntax},
		{`{} {}`, ledger.ErrSyntax},
		{`{"a":1,"a":2}`, ledger.ErrDuplicateKey},
		{`{"a":1,"\u0061":2}`, ledger.ErrDuplicateKey},
		{`{"é":1,"é":2}`, ledger.ErrDuplicateKey},
		{"\"\xff\"", ledger.ErrEncoding},
		{strings.Repeat("[", 17) + strings.Repeat("]", 17), ledger.ErrDepth},
		{strings.Repeat(`{"a":`, 100000), ledger.ErrDepth},
	} {
		_, err := ledger.Canonical([]byte(c.in))
		var at *ledger.SyntaxError
		if !errors.Is(err, c.want) || !errors.As(err, &at) {
			t.Errorf("Canonical(%.40q): %v, want %v", c.in, err, c.want)
		}
	}
}

func TestParseBatch(t *testing.T) {
	const op = `{"n":7,"record":"01970000-0000-7000-8000-000000000001","kind":"gift","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":{"quantity":1}}`
	batch := func(ops string) string { return `{"device":"d_1","epoch":1,"from":7,"ops":[` + ops + `]}` }
	b, err := ledger.ParseBatch([]byte(batch(op)))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := b.Ops[0].Get("quantity"); v != "1" || b.Ops[0].Fault != (ledger.Fault{}) {
		t.Errorf("op read as %+v", b.Ops[0])
	}
	for name, body := range map[string]string{
		"no ops":       batch(""),
		"gap":          batch(op + "," + strings.Replace(op, `"n":7`, `"n":9`, 1)),
		"no device":    `{"epoch":1,"from":7,"ops":[` + op + `]}`,
		"float epoch":  `{"device":"d","epoch":1.5,"from":7,"ops":[` + op + `]}`,
		"huge op":      batch(strings.Replace(op, `"quantity":1`, `"note":"`+strings.Repeat("x", ledger.MaxOpBytes)+`"`, 1)),
		"head's hash":  `{"device":"d","epoch":1,"from":7,"head":{"log":"L","seq":1,"hash":"zz"},"ops":[` + op + `]}`,
		"not a object": `[]`,
	} {
		if _, err := ledger.ParseBatch([]byte(body)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	// A mistake inside one op concerns that op alone.
	for name, c := range map[string]struct {
		replace, with string
		want          ledger.Fault
	}{
		"float":            {`"base":0`, `"base":0.5`, ledger.Fault{Code: ledger.FaultType, Field: "base"}},
		"no record":        {`"record":"01970000-0000-7000-8000-000000000001",`, ``, ledger.Fault{Code: ledger.FaultMissing, Field: "record"}},
		"record":           {`01970000-0000-7000-8000-000000000001`, `$ne`, ledger.Fault{Code: ledger.FaultRecordID, Field: "record"}},
		"action":           {`"edit"`, `"drop"`, ledger.Fault{Code: ledger.FaultAction, Field: "action"}},
		"nothing set":      {`{"quantity":1}`, `{}`, ledger.Fault{Code: ledger.FaultEmpty, Field: "set"}},
		"reserved":         {`"quantity"`, `"_review"`, ledger.Fault{Code: ledger.FaultReserved, Field: "_review"}},
		"time":             {`2026-11-20T02:10:00Z`, `yesterday`, ledger.Fault{Code: ledger.FaultTime, Field: "at"}},
		"set is not a map": {`{"quantity":1}`, `[1]`, ledger.Fault{Code: ledger.FaultType, Field: "set"}},
	} {
		b, err := ledger.ParseBatch([]byte(batch(strings.Replace(op, c.replace, c.with, 1))))
		if err != nil || b.Ops[0].Fault != c.want {
			t.Errorf("%s: %v, %+v; want %+v", name, err, b, c.want)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":"é"}`, `[1.5,-0,true,null,"\u0000"]`, "\"\xff\"", `{"a":{"a":{"a":[[[]]]}}}`, `"\ud83d\ude00"`, `["a\u0327","\n\u0327"]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := ledger.Canonical(in)
		if err != nil {
			return
		}
		if !json.Valid(in) || !json.Valid([]byte(v)) {
			t.Fatalf("took %q as %q", in, v)
		}
		for text := range texts(t, v) {
			if !norm.NFC.IsNormalString(text) {
				t.Fatalf("%q in %q is not NFC", text, v)
			}
		}
		again, err := ledger.Canonical([]byte(v))
		if err != nil || again != v {
			t.Fatalf("canonical form of %q is %q, %v", v, again, err)
		}
		for _, member := range v.Members() {
			if _, err := ledger.Canonical([]byte(member)); err != nil {
				t.Fatalf("member %q of %q: %v", member, v, err)
			}
		}
		if s, ok := v.Text(); ok && ledger.Text(s) != v {
			t.Fatalf("text of %q is %q", v, s)
		}
	})
}

// texts yields every key and string of a value. The value's own text is more
// than they are: in it a mark may stand behind the letter of an escape.
func texts(t *testing.T, v ledger.Value) iter.Seq[string] {
	t.Helper()
	return func(yield func(string) bool) {
		d := json.NewDecoder(strings.NewReader(string(v)))
		d.UseNumber() // of any size
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%q: %v", v, err)
			}
			if text, ok := token.(string); ok && !yield(text) {
				return
			}
		}
	}
}

// FuzzStored reads stored bytes of every form: whatever a damaged store holds,
// the answer is an error or something that is written again as it was read.
func FuzzStored(f *testing.F) {
	w := newWorld(f)
	w.push("A", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionEdit, rest: `,"set":{"name":"Hộ mẫu 012","quantity":1}`})
	w.push("B", ledger.RoleCollector, draftOp{record: recordID(1), action: ledger.ActionRemove, base: 1})
	for _, c := range w.commits {
		f.Add(c.AppendJSON(nil))
	}
	for r := range w.state.Records() {
		f.Add(r.AppendJSON(nil))
	}
	for l := range w.state.Streams() {
		f.Add(l.AppendJSON(nil))
	}
	f.Add([]byte(`{"device":"A","epoch":1,"part":0,"from":1,"through":256,"ranges":"` + strings.Repeat("AAEA", 256) + `"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if c, err := ledger.ParseCommit(in); err == nil {
			again, err := ledger.ParseCommit(c.AppendJSON(nil))
			if err == nil && again.Sum() != c.Sum() {
				t.Fatalf("%q changes when written again", in)
			}
		}
		if r, err := ledger.ParseRecord(in); err == nil {
			r.Conflicts()
			r.Review()
			r.Removed()
		}
		if l, err := ledger.ParseStream(in); err == nil {
			l.Find(1)
		}
		if p, err := ledger.ParsePart(in); err == nil {
			again, err := ledger.ParsePart(p.AppendJSON(nil))
			if err != nil || *again != *p {
				t.Fatalf("%q changes when written again: %v", in, err)
			}
			l := &ledger.Stream{Through: p.Through}
			l.Join([]*ledger.Part{p})
			l.Find(p.From)
		}
	})
}

// FuzzOp seals whatever can be an op, stores and reads it, and opens it: it is
// the same, and known again when it is sent again.
func FuzzOp(f *testing.F) {
	f.Add([]byte(`{"n":1,"record":"01970000-0000-7000-8000-000000000001","kind":"gift","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":{"quantity":1,"name":"x"}}`))
	f.Add([]byte(`{"n":1,"record":"01970000-0000-7000-8000-000000000001","kind":"gift","action":"resolve","base":0,"at":"2026-11-20T02:10:00Z","field":"name","value":"x","sees":["1.0"]}`))
	f.Add([]byte(`{"n":1,"set":{"name":{"name":1}},"value":2,"action":"resolve"}`))
	f.Add([]byte(`{"n":1,"set":{"":1,"name":2,"set.":3,"value":4}}`))
	f.Add([]byte(`{"n":1,"set":{"":1,"name":2,"set.":3,"value":4}} `))
	f.Add([]byte(`{"n":1,"action":"resolve","field":"_review","value":{"note":"x","state":"approved"},"own":1,"own.own":2}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		text, err := ledger.Canonical(in)
		if err != nil {
			return
		}
		op := ledger.ParseOp(text)
		sealed := ledger.Seal(&op, len(in)%2 == 0, personal, func() ledger.Salt { return ledger.Salt{1} })
		c := ledger.Commit{Unit: unit, Seq: 1, Log: "log", Entries: []ledger.Entry{{
			Device: "d", Epoch: 1, From: 1, User: "u", Role: ledger.RoleCollector,
			Ops: []ledger.StoredOp{sealed}, Verdicts: []ledger.Verdict{{Status: ledger.Accepted}},
		}}}
		c.Hash = c.Sum()
		read, err := ledger.ParseCommit(c.AppendJSON(nil))
		if err != nil || read.Sum() != c.Hash {
			t.Fatalf("stored and read: %v\n%s", err, c.AppendJSON(nil))
		}
		stored := &read.Entries[0].Ops[0]
		if opened := stored.Open(); opened.Text != op.Text || !stored.Same(&op) {
			t.Fatalf("sealed, stored, read and opened:\n%s\nwas\n%s", opened.Text, op.Text)
		}
		if op.Fault == (ledger.Fault{}) && op.Action == ledger.ActionEdit {
			for _, p := range sealed.Personal {
				if strings.Contains(string(sealed.Public), `"name":`+string(p.Value)) && p.Path == "set.name" && len(p.Value) > 8 {
					t.Fatalf("%s still shows %s", sealed.Public, p.Value)
				}
			}
		}
	})
}

// FuzzBatch reads whatever can be a push: an error, or ops that are numbered
// without a gap.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"device":"d_1","epoch":1,"from":7,"ops":[{"n":7,"record":"01970000-0000-7000-8000-000000000001","kind":"gift","action":"edit","base":0,"at":"2026-11-20T02:10:00Z","set":{"quantity":1}}]}`))
	f.Add([]byte(`{"device":"d_1","epoch":1,"from":7,"head":{"log":"L","seq":1,"hash":"zz"},"ops":[{"n":7},{"n":8,"action":"resolve","sees":["1.2"]}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := ledger.ParseBatch(in)
		if err != nil {
			return
		}
		if b.Device == "" || b.Epoch == 0 || len(b.Ops) == 0 || len(b.Ops) > ledger.MaxOps {
			t.Fatalf("took %q as %+v", in, b)
		}
		for i := range b.Ops {
			if b.Ops[i].N != b.From+uint64(i) || len(b.Ops[i].Text) > ledger.MaxOpBytes {
				t.Fatalf("op %d of %q is numbered %d", i, in, b.Ops[i].N)
			}
		}
	})
}

// FuzzHashesDiffer puts two ops, split as they may be, into a commit each: the
// commits have one hash exactly when the ops are the same.
func FuzzHashesDiffer(f *testing.F) {
	f.Add([]byte(`{"n":1,"set":{"name":"a","quantity":1}}`), []byte(`{"n":1,"set":{"name":"a","quantity":2}}`))
	f.Add([]byte(`{"set":{"name":"a"},"value":"b"}`), []byte(`{"set":{"name":"ab"},"value":""}`))
	sum := func(text ledger.Value) ledger.Hash {
		op := ledger.ParseOp(text)
		c := ledger.Commit{Unit: unit, Seq: 1, Log: "log", Entries: []ledger.Entry{{
			Device: "d", Epoch: 1, From: 1, User: "u", Role: ledger.RoleCollector,
			Ops:      []ledger.StoredOp{ledger.Seal(&op, false, personal, func() ledger.Salt { return ledger.Salt{1} })},
			Verdicts: []ledger.Verdict{{Status: ledger.Accepted}},
		}}}
		return c.Sum()
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, err1 := ledger.Canonical(a)
		y, err2 := ledger.Canonical(b)
		if err1 != nil || err2 != nil || !x.IsObject() || !y.IsObject() {
			return
		}
		if (x == y) != (sum(x) == sum(y)) {
			t.Fatalf("%q and %q", x, y)
		}
	})
}

// TestHeadsAreWhole: a push that names half a head, or an empty one, means one
// that it lacks, and is not taken for one without.
func TestHeadsAreWhole(t *testing.T) {
	const hash = "89aa1e580023722db67646e8149eb246c748e180e34a1cf679ab0b41a416d904"
	for head, want := range map[string]bool{
		`{}`:                              false,
		`{"log":"l_1"}`:                   false,
		`{"log":"l_1","seq":3}`:           false,
		`{"seq":3,"hash":"` + hash + `"}`: false,
		`null`:                            false,
		`[]`:                              false,
		`{"log":"l_1","seq":3,"hash":"` + hash + `"}`: true,
	} {
		_, err := ledger.ParseBatch([]byte(`{"device":"d_1","epoch":1,"from":1,"head":` + head + `,"ops":[{"n":1}]}`))
		if (err == nil) != want {
			t.Errorf("head %s: %v", head, err)
		}
		var wrong *ledger.BatchError
		if err != nil && (!errors.As(err, &wrong) || wrong.Field != "head") {
			t.Errorf("head %s: %v names no field", head, err)
		}
	}
}
