package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/sothon/sothon/sync/ledger"
)

// chainFile holds vectors for those who verify a ledger with a program of their
// own: a commit a line, as the API answers it.
const chainFile = "testdata/chain.jsonl"

// TestChainVectors computes the hashes of the vectors as openapi.yaml says that
// an auditor does, from the bytes alone.
func TestChainVectors(t *testing.T) {
	made := chainVectors(t)
	if *update {
		if err := os.WriteFile(chainFile, made, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(chainFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stored, made) {
		t.Errorf("%s is not what this version writes", chainFile)
	}
	prev := make([]byte, 32)
	for line := range bytes.Lines(stored) {
		var c auditedCommit
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		if hash := c.sum(t); hex.EncodeToString(hash) != c.Hash || c.Prev != hex.EncodeToString(prev) {
			t.Errorf("commit %d: computed %x after %x, it says %s after %s", c.Seq, hash, prev, c.Hash, c.Prev)
		} else {
			prev = hash
		}
	}
}

// chainVectors makes a ledger with a personal value, an erased one, a refused
// op and a note.
func chainVectors(t *testing.T) (out []byte) {
	t.Helper()
	w := newWorld(t)
	w.push("d_1", ledger.RoleCollector,
		draftOp{record: recordID(1), action: ledger.ActionEdit, at: 1e12, rest: `,"set":{"name":"Hộ mẫu 012","phone":"0900000012","quantity":1}`},
		draftOp{record: recordID(2), action: "nói", at: 1e12, rest: `,"set":{"name":"Hộ mẫu 013"}`})
	w.push("d_2", "reviewer", draftOp{record: recordID(1), action: ledger.ActionReview, base: 1, at: 1e12, rest: `,"state":"returned","note":"Thiếu ảnh"`})
	c := w.push("d_2", "reviewer", draftOp{record: recordID(1), action: ledger.ActionErase, base: 2, at: 1e12, rest: `,"fields":["phone"]`})
	ledger.Redact(w.commits, ledger.Erasure{Record: recordID(1), Fields: []string{"phone"}, Before: ledger.Dot{Seq: c.Seq}})
	for _, c := range w.commits {
		out = append(c.AppendJSON(out), '\n')
	}
	return out
}

// auditedCommit is a commit as read by somebody who has only the contract.
type auditedCommit struct {
	Unit, Log, Prev, Hash string
	Seq, At, Rules        uint64
	Entries               []struct {
		Device, User, Role string
		Epoch, From        uint64
		Ops                []struct {
			Op       json.RawMessage
			Salt     string
			Personal []struct {
				Path, Salt, Leaf string
				Value            json.RawMessage
			}
		}
		Verdicts []json.RawMessage
	}
}

func (c *auditedCommit) sum(t *testing.T) []byte {
	t.Helper()
	number := func(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	part := func(b []byte) []byte { return append(number(len(b)), b...) }
	sha := func(parts ...[]byte) []byte {
		sum := sha256.Sum256(bytes.Join(parts, nil))
		return sum[:]
	}
	unbase := func(s string) []byte {
		b, err := base64.RawStdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	parts := [][]byte{part([]byte("sothon/commit/1"))}
	if c.Rules > 1 {
		parts = [][]byte{part([]byte("sothon/commit/2")), number(int(c.Rules))}
	}
	parts = append(parts,
		part([]byte(c.Unit)), number(int(c.Seq)), part([]byte(c.Log)), part(unhex(c.Prev)),
		number(int(c.At)), number(len(c.Entries)))
	for _, e := range c.Entries {
		parts = append(parts, part([]byte(e.Device)), number(int(e.Epoch)), number(int(e.From)), part([]byte(e.User)), part([]byte(e.Role)), number(len(e.Ops)))
		for _, op := range e.Ops {
			leaf := sha(part([]byte("sothon/leaf/public/1")), part(unbase(op.Salt)), part(op.Op))
			parts = append(parts, part(leaf), number(len(op.Personal)))
			for _, p := range op.Personal {
				leaf := unhex(p.Leaf)
				if p.Leaf == "" {
					leaf = sha(part([]byte("sothon/leaf/personal/1")), part(unbase(p.Salt)), part([]byte(p.Path)), part(p.Value))
				}
				parts = append(parts, part([]byte(p.Path)), part(leaf))
			}
		}
		parts = append(parts, number(len(e.Verdicts)))
		for _, v := range e.Verdicts {
			parts = append(parts, part(v))
		}
	}
	return sha(parts...)
}
