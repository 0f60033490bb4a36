//go:build linux

package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// phone is a client as openapi.yaml tells one to be. It keeps all that it
// ever wrote, with the verdicts that it was answered. One goroutine uses it.
type phone struct {
	c        *commune
	random   *rand.Rand
	username string
	unit     ledger.UnitID

	access string
	device ledger.DeviceID // of the session, as is epoch
	epoch  uint32
	ops    []op                       // Invariant: ops[i] has the counter i+1
	acked  int                        // ops before this one were answered 200
	sent   int                        // ops before this one have perhaps arrived
	told   ledger.Seq                 // of the answer to the last push
	cursor *head                      // of its last page
	tip    *head                      // that the page told of, where it was not the last
	seen   ledger.Seq                 // of the last pull that came to an end
	held   map[string]json.RawMessage // records by id, as they were pulled
}

// op is one thing that was written.
type op struct {
	base    ledger.Seq
	rest    string // its other members
	verdict string // as it was answered; "" before that
}

type head struct {
	Log  string     `json:"log"`
	Seq  ledger.Seq `json:"seq"`
	Hash string     `json:"hash"`
}

func (p *phone) text(i int) string {
	return fmt.Sprintf(`{"n":%d,"base":%d,%s}`, i+1, p.ops[i].base, p.ops[i].rest)
}

// shared is how many records of a village everybody writes to.
const shared = 10

// write saves a form: something new, something that others write too, or
// something that will be refused.
func (p *phone) write() {
	meeting := func(place string) string {
		return fmt.Sprintf(`"kind":"meeting","action":"edit","set":{"date":"2026-11-20","level":"commune","place":%q,"attendance":%d}`, place, p.random.IntN(300))
	}
	own := func(n int) ledger.RecordID { return ledger.NameID("faults", fmt.Sprint(p.username, n)) }
	everybodys := ledger.NameID("faults", fmt.Sprint(p.unit, p.random.IntN(shared)))
	n := len(p.ops)
	var id ledger.RecordID
	var rest string
	switch luck := p.random.IntN(20); {
	case luck < 9 || n == 0:
		id, rest = own(n), meeting(fmt.Sprint("Điểm mẫu ", p.username, " ", n))
	case luck < 12:
		id, rest = own(p.random.IntN(n)), meeting("Điểm mẫu chung") // often there already
	case luck < 16:
		id = everybodys
		rest = fmt.Sprintf(`"kind":"household","action":"edit","set":{"headName":"Hộ mẫu %03d","category":%q}`,
			p.random.IntN(1000), []string{form.CategoryPoor, form.CategoryMerit}[p.random.IntN(2)])
	case luck < 18:
		id, rest = everybodys, fmt.Sprintf(`"kind":"household","action":%q`, []string{"remove", "restore"}[p.random.IntN(2)])
	default:
		id, rest = own(n), `"kind":"meeting","action":"edit","set":{"place":"Không có ngày"}`
	}
	o := op{base: p.seen, rest: fmt.Sprintf(`"record":%q,"at":%q,%s`, id, time.Now().UTC().Format(time.RFC3339), rest)}
	p.ops = append(p.ops, o)
}

// live writes, pushes and pulls until ctx ends.
func (p *phone) live(ctx context.Context) {
	for ctx.Err() == nil {
		if len(p.ops)-p.acked < 40 { // who has no signal writes on, for a while
			for range p.random.IntN(5) {
				p.write()
			}
		}
		p.push(ctx, p.chance())
		if p.random.IntN(3) == 0 && p.ask(ctx) {
			p.pull(ctx, p.chance())
		}
		pause(ctx, time.Duration(p.random.IntN(60))*time.Millisecond)
	}
}

// chance picks a server, and how long to wait for it. Some signals are so bad
// that no answer arrives in time.
func (p *phone) chance() chance {
	c := chance{url: p.c.servers[p.random.IntN(len(p.c.servers))].url(), patience: 30 * time.Second}
	if p.random.IntN(12) == 0 {
		c.patience = time.Duration(1+p.random.IntN(40)) * time.Millisecond
	}
	return c
}

type chance struct {
	url      string
	patience time.Duration
}

// drain pushes until everything is acknowledged, and pulls. It reports
// whether that was done before ctx ended.
func (p *phone) drain(ctx context.Context) bool {
	for ctx.Err() == nil {
		if p.acked == len(p.ops) && p.ask(ctx) && p.pull(ctx, p.chance()) && p.acked == len(p.ops) {
			return true
		}
		p.push(ctx, p.chance())
	}
	return false
}

// ask sends the last op that was acknowledged again where the cursor is not
// there yet: then only this shows whether the ledger is a restored one, which
// lacks it. It is done before each pull.
func (p *phone) ask(ctx context.Context) bool {
	if p.acked == 0 || p.cursor != nil && p.cursor.Seq >= p.told {
		return true
	}
	return p.batch(ctx, p.chance(), p.acked-1, p.acked)
}

// again sends all that it ever sent, in other cuts. Its verdicts must stay.
func (p *phone) again(ctx context.Context) {
	for from := 0; from < len(p.ops) && ctx.Err() == nil; {
		to := min(from+1+p.random.IntN(100), len(p.ops))
		if p.batch(ctx, p.chance(), from, to) {
			from = to
		}
	}
}

// push sends some of what waits, at times together with what need not be sent.
func (p *phone) push(ctx context.Context, by chance) {
	from := p.acked
	if p.random.IntN(8) == 0 {
		from = max(0, from-p.random.IntN(20))
	}
	if from < len(p.ops) {
		p.batch(ctx, by, from, min(from+1+p.random.IntN(20), len(p.ops)))
	}
}

// batch sends ops, and reports whether they were acknowledged.
func (p *phone) batch(ctx context.Context, by chance, from, to int) bool {
	texts := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		texts = append(texts, p.text(i))
	}
	cursor := ""
	if p.cursor != nil {
		cursor = fmt.Sprintf(`"head":{"log":%q,"seq":%d,"hash":%q},`, p.cursor.Log, p.cursor.Seq, p.cursor.Hash)
	}
	body := fmt.Sprintf(`{"device":%q,"epoch":%d,"from":%d,%s"ops":[%s]}`, p.device, p.epoch, from+1, cursor, strings.Join(texts, ","))
	p.c.count(func(n *tally) {
		n.batches++
		if from < p.sent {
			n.resends++
		}
	})
	p.sent = max(p.sent, to)
	var answer struct {
		Seq     ledger.Seq
		Through uint64
		Results []result
	}
	if !p.call(ctx, by, http.MethodPost, "/v1/units/"+string(p.unit)+"/batches", body, &answer) {
		return false
	}
	if len(answer.Results) != to-from || answer.Through < uint64(to) {
		p.c.t.Errorf("%s: %d verdicts through %d for ops %d to %d", p.username, len(answer.Results), answer.Through, from+1, to)
		return false
	}
	p.told = answer.Seq
	for i, r := range answer.Results {
		o := &p.ops[from+i]
		// What a restored ledger lacked it decides anew.
		if o.verdict != "" && o.verdict != r.String() && !p.c.restored.Load() {
			p.c.t.Errorf("%s: op %d was answered %s, now %s", p.username, from+i+1, o.verdict, r)
		}
		o.verdict = r.String()
	}
	if to > p.acked {
		p.c.acknowledged(to - p.acked)
		p.acked = to
	}
	return true
}

// result is an op's verdict in an answer.
type result struct {
	N                   uint64
	Status              ledger.Status
	Fields              []string
	Of                  json.RawMessage
	Reason, Code, Field string
	Late                bool
}

func (r result) String() string {
	return fmt.Sprint(r.N, " ", r.Status, " ", r.Fields, " ", string(r.Of), " ", r.Reason, " ", r.Code, " ", r.Field, " ", r.Late)
}

// pull asks for what is new until there is no more. A page and its cursor are
// stored together.
func (p *phone) pull(ctx context.Context, by chance) bool {
	for {
		query := url.Values{"limit": {strconv.Itoa(20 + p.random.IntN(200))}}
		if p.cursor != nil {
			query.Set("after", strconv.FormatUint(uint64(p.cursor.Seq), 10))
			query.Set("log", p.cursor.Log)
			query.Set("hash", p.cursor.Hash)
		}
		if p.tip != nil {
			query.Set("tipSeq", strconv.FormatUint(uint64(p.tip.Seq), 10))
			query.Set("tipHash", p.tip.Hash)
		}
		var page struct {
			head
			Tip     *head
			More    bool
			Records []json.RawMessage
		}
		if !p.call(ctx, by, http.MethodGet, "/v1/units/"+string(p.unit)+"/changes?"+query.Encode(), "", &page) {
			return false
		}
		for _, text := range page.Records {
			var r struct{ ID string }
			if err := json.Unmarshal(text, &r); err != nil {
				p.c.t.Errorf("%s: %v in %s", p.username, err, text)
				return false
			}
			p.held[r.ID] = text
		}
		if page.Seq > 0 {
			p.cursor, p.tip = &page.head, page.Tip
		}
		if !page.More {
			p.seen = page.Seq
			return true
		}
	}
}

// signIn begins a session, on the phone's device where it has one.
func (p *phone) signIn(ctx context.Context, by chance) bool {
	var s struct {
		AccessToken string
		Device      struct {
			ID    ledger.DeviceID
			Epoch uint32
		}
	}
	p.access = ""
	body := fmt.Sprintf(`{"username":%q,"password":%q,"device":{"id":%q,"name":"Máy mẫu","platform":"test"}}`, p.username, password, p.device)
	if p.device == "" {
		body = strings.Replace(body, `"id":"",`, "", 1)
	}
	if !p.call(ctx, by, http.MethodPost, "/v1/sessions", body, &s) {
		return false
	}
	if s.Device.ID != p.device || s.Device.Epoch != p.epoch {
		if p.device != "" && !p.c.restored.Load() {
			p.c.t.Errorf("%s: device %s of epoch %d became %s of epoch %d", p.username, p.device, p.epoch, s.Device.ID, s.Device.Epoch)
		}
		// The counters begin at 1 again; nothing of this device was answered.
		p.unsend(0)
	}
	p.access, p.device, p.epoch = s.AccessToken, s.Device.ID, s.Device.Epoch
	return true
}

// unsend marks ops as not sent.
func (p *phone) unsend(from int) {
	for i := from; i < len(p.ops); i++ {
		p.ops[i].verdict = ""
	}
	if from < p.acked {
		p.c.acknowledged(from - p.acked)
	}
	p.acked, p.sent = min(p.acked, from), min(p.sent, from)
}

// call sends one request, and decodes the answer if it is 200. It does what
// openapi.yaml says of any other, so that the request may be made again.
func (p *phone) call(ctx context.Context, by chance, method, path, body string, into any) bool {
	patient, cancel := context.WithTimeout(ctx, by.patience)
	defer cancel()
	r, err := http.NewRequestWithContext(patient, method, by.url+path, strings.NewReader(body))
	if err != nil {
		p.c.t.Error(err)
		return false
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.access != "" {
		r.Header.Set("Authorization", "Bearer "+p.access)
	}
	started := time.Now()
	status, content := 0, []byte(nil)
	answer, err := p.c.http.Do(r)
	if err == nil {
		status = answer.StatusCode
		content, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
	}
	took := time.Since(started)
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(content, into)
		p.c.count(func(n *tally) { n.longest = max(n.longest, took) })
		return err == nil
	}
	if err != nil {
		p.c.count(func(n *tally) { n.unanswered++ })
		pause(ctx, 10*time.Millisecond) // the server is away
		return false
	}
	var problem problem
	if err := json.Unmarshal(content, &problem); err != nil {
		p.c.t.Errorf("%s %s: %d %s: %v", method, path, status, content, err)
	}
	p.refused(ctx, by, method+" "+path, &problem, bytes.TrimSpace(content))
	return false
}

// problem is an answer that is not a success.
type problem struct {
	Status            int
	Code              string
	RetryAfterSeconds int
	Common            ledger.Seq
	Expected          uint64
}

func (p *phone) refused(ctx context.Context, by chance, call string, problem *problem, text []byte) {
	p.c.count(func(n *tally) { n.refused[fmt.Sprint(problem.Status, " ", problem.Code)]++ })
	restored := p.c.restored.Load()
	switch {
	case problem.Status == http.StatusServiceUnavailable && problem.RetryAfterSeconds > 0:
		pause(ctx, time.Duration(p.random.IntN(300))*time.Millisecond) // sooner than it asks for
	case problem.Code == "token-expired", problem.Status == http.StatusUnauthorized && restored:
		p.signIn(ctx, by)
	case problem.Code == "log-diverged" && restored:
		from := int(problem.Expected) - 1
		for i := from; i < len(p.ops); i++ {
			p.ops[i].base = min(p.ops[i].base, problem.Common)
		}
		p.unsend(from)
		p.cursor, p.tip, p.seen, p.held = nil, nil, 0, map[string]json.RawMessage{}
	case problem.Code == "counter-gap" && restored:
		p.unsend(int(problem.Expected) - 1)
	default:
		p.c.t.Errorf("%s: %s: %s", p.username, call, text)
		pause(ctx, 100*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
