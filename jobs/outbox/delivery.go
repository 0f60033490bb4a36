package outbox

import (
	"github.com/sothon/sothon/jobs/entry"
	"github.com/sothon/sothon/sync/ledger"
)

// Delivery is one report on its way to one recipient.
type Delivery struct {
	ID        string        `json:"id"`
	Report    string        `json:"report"`
	Unit      ledger.UnitID `json:"unit"`
	Recipient string        `json:"recipient"` // id
	To        Recipient     `json:"to"`        // as it was when it was queued, without its secret
	Cover     CoverLetter   `json:"cover"`
	State     State         `json:"state"`
	Queued    ledger.Millis `json:"ordered"`
	By        entry.Actor   `json:"by"`
	Next      ledger.Millis `json:"next"`            // not tried before
	Until     ledger.Millis `json:"until,omitempty"` // an attempt is under way; after this it counts as cut off
	Attempts  []Attempt     `json:"attempts"`
	Failures  int           `json:"failures"` // attempts since it was queued, or sent again by hand
	// Round counts how often it was sent again by hand. Each round has its own
	// entry in the queue, so that the end of one does not delete the next.
	Round int `json:"round,omitempty"`

	Arrived *Acknowledgement `json:"arrived,omitempty"`
}

// CoverLetter is the letter beside the report. It is written when the delivery is
// queued, and stays: a parcel that is sent again must have the same content.
type CoverLetter struct {
	Subject string `json:"subject"`
	Text    string `json:"text"`
	AckURL  string `json:"ackUrl,omitempty"` // by which the recipient says that it has arrived
}

// State is where a delivery is.
type State string

// States of a delivery.
const (
	Queued       State = "queued"
	Sending      State = "sending"
	Sent         State = "sent"
	Acknowledged State = "acknowledged" // the recipient has said so
	Dead         State = "dead"         // given up; a person may send it again
)

// Attempt is one try.
type Attempt struct {
	At      ledger.Millis `json:"at"`
	Server  string        `json:"server"`
	Ended   ledger.Millis `json:"ended,omitempty"`
	Outcome string        `json:"outcome"` // "", then sent, retry, refused or uncertain
	Error   string        `json:"error,omitempty"`
	Answer  string        `json:"answer,omitempty"` // what the other side calls it
	// Repeat: an earlier attempt may have arrived. The parcel is sent again under
	// the same id, and says so.
	Repeat bool `json:"repeat,omitempty"`
}

// Acknowledgement says when and how a recipient said that a delivery has arrived.
type Acknowledgement struct {
	At  ledger.Millis `json:"at"`
	Via string        `json:"via"`         // link, answer or desk
	By  entry.Actor   `json:"by,omitzero"` // who said so at the desk
}
