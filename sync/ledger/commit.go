package ledger

import (
	"crypto/sha256"
	"encoding/binary"
)

// Commit is one link of a unit's ledger. It is stored as one document by one
// atomic insert; that insert is the commit point of everything in it.
type Commit struct {
	Unit    UnitID
	Seq     Seq
	Log     LogID
	Prev    Hash // hash of commit Seq-1; zero for the first
	Hash    Hash
	At      Millis // when the server received it
	Rules   Rules  // by which its ops are folded; zero is version 1
	Entries []Entry
}

// Entry is what one push of one device put into a commit.
type Entry struct {
	Device   DeviceID
	Epoch    uint32 // grows when the app is reinstalled
	From     uint64 // the counter of Ops[0]; the others follow without a gap
	User     UserID
	Role     Role
	Ops      []StoredOp
	Verdicts []Verdict // Invariant: one per op
}

// To is the counter of the entry's last op.
func (e *Entry) To() uint64 { return e.From + uint64(len(e.Ops)) - 1 }

// rules is the version that the commit names.
func (c *Commit) rules() Rules { return max(c.Rules, rules1) }

// Head is the head of the ledger once the commit stands.
func (c *Commit) Head() Head { return Head{Log: c.Log, Seq: c.Seq, Hash: c.Hash} }

// Domain tags keep a hash of one purpose from ever being one of another.
const (
	tagPublic   = "sothon/leaf/public/1"
	tagPersonal = "sothon/leaf/personal/1"
	tagCommit   = "sothon/commit/1"
	tagCommit2  = "sothon/commit/2" // with the version of the rules, where that is not 1
)

// digest collects length-prefixed parts, so that no two lists of parts share
// their bytes.
type digest []byte

func (d digest) number(n uint64) digest { return binary.BigEndian.AppendUint64(d, n) }

func (d digest) bytes(b []byte) digest { return append(d.number(uint64(len(b))), b...) }

func (d digest) text(s string) digest { return append(d.number(uint64(len(s))), s...) }

func (d digest) sum() Hash { return sha256.Sum256(d) }

// leaf is the hash of an op without its personal values. scratch is room to
// work in.
func (s *StoredOp) leaf(scratch digest) Hash {
	return scratch[:0].text(tagPublic).bytes(s.Salt[:]).text(string(s.Public)).sum()
}

func (p *PersonalValue) leaf(scratch digest) Hash {
	if p.Erased {
		return p.Leaf
	}
	return scratch[:0].text(tagPersonal).bytes(p.Salt[:]).text(p.Path).text(string(p.Value)).sum()
}

// Sum computes the hash that the commit must have: SHA-256 over its header,
// its entries' headers and verdicts, and one leaf per op and personal value.
func (c *Commit) Sum() Hash {
	scratch := make(digest, 0, 1024)
	d := make(digest, 0, 4096)
	if c.rules() == rules1 {
		d = d.text(tagCommit)
	} else {
		d = d.text(tagCommit2).number(uint64(c.Rules))
	}
	d = d.text(string(c.Unit)).number(uint64(c.Seq)).text(string(c.Log)).bytes(c.Prev[:])
	d = d.number(uint64(c.At)).number(uint64(len(c.Entries)))
	for i := range c.Entries {
		e := &c.Entries[i]
		d = d.text(string(e.Device)).number(uint64(e.Epoch)).number(e.From).text(string(e.User)).text(string(e.Role))
		d = d.number(uint64(len(e.Ops)))
		for j := range e.Ops {
			op := &e.Ops[j]
			leaf := op.leaf(scratch)
			d = d.bytes(leaf[:]).number(uint64(len(op.Personal)))
			for k := range op.Personal {
				leaf := op.Personal[k].leaf(scratch)
				d = d.text(op.Personal[k].Path).bytes(leaf[:])
			}
		}
		d = d.number(uint64(len(e.Verdicts)))
		for j := range e.Verdicts {
			scratch = e.Verdicts[j].appendJSON(scratch[:0])
			d = d.bytes(scratch)
		}
	}
	return d.sum()
}
