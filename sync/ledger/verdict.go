package ledger

// Status is the outcome of an op.
type Status string

// Statuses. Every one is final, and every one consumes the op's counter.
const (
	Accepted  Status = "accepted"
	Conflict  Status = "conflict"  // accepted; its fields now have siblings
	Duplicate Status = "duplicate" // accepted; suspected to tell the same thing as Of
	Rejected  Status = "rejected"  // logged, and without effect
)

// Verdict is decided once, when the op is appended, and stored with it: a
// resend is answered from it, and the fold leaves out what was rejected.
type Verdict struct {
	Status Status
	Fields []string // conflict: the registers with siblings
	Of     Ref      // duplicate: the record that was there before
	Reason string   // duplicate: the strongest reason
	Code   string   // rejected: why, a stable code
	Field  string   // rejected: the field it concerns, if one
	Late   bool     // accepted, but it may change what counts in a closed period
	Hides  bool     // with this op the record became confidential: devices that hold it must drop it

	AfterEnd bool // accepted, but dated after the unit's last day: no report counts it
}

func (v *Verdict) appendJSON(out []byte) []byte {
	w := writer{out: append(out, '{')}
	w.text("status", string(v.Status))
	if len(v.Fields) > 0 {
		w.key("fields")
		w.texts(v.Fields)
	}
	if !v.Of.Record.IsZero() {
		w.value("of", v.Of.Value())
	}
	w.optional("reason", v.Reason)
	w.optional("code", v.Code)
	w.optional("field", v.Field)
	if v.Late {
		w.value("late", Bool(true))
	}
	if v.Hides {
		w.value("hides", Bool(true))
	}
	if v.AfterEnd {
		w.value("afterEnd", Bool(true))
	}
	return append(w.out, '}')
}

func parseVerdict(v Value) (Verdict, error) {
	var out Verdict
	r := reader{object: v}
	for r.next() {
		switch r.key {
		case "status":
			out.Status = Status(r.text())
		case "fields":
			out.Fields = r.texts()
		case "of":
			ref, err := ParseRef(r.value)
			r.fail(err)
			out.Of = ref
		case "reason":
			out.Reason = r.text()
		case "code":
			out.Code = r.text()
		case "field":
			out.Field = r.text()
		case "late":
			out.Late = r.value == "true"
		case "hides":
			out.Hides = r.value == "true"
		case "afterEnd":
			out.AfterEnd = r.value == "true"
		}
	}
	return out, r.err
}
