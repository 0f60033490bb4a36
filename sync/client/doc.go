// Package client is the reference for clients of Sổ Thôn: what a phone or a
// desk keeps, and what it does with each answer of the server. It follows the
// description of openapi.yaml section by section, and imports nothing of the
// server but the ledger's types.
//
// # What a client keeps
//
// [State] is all of it: the device and the tokens of the session, and a [Book]
// for each unit. It is a plain value. Marshal it to JSON and store it after
// every method that changes it; a client that is killed between any two steps
// goes on from what it stored last.
//
//   - [State.Adopt] takes the device of a sign-in. Where the epoch is another,
//     counters begin at 1 again.
//   - [Book] has the cursor, the tip, the last counter, the outbox, and the
//     records as they were pulled. Ops stay in the outbox for 90 days after
//     they were acknowledged ([Book.Forget]): they make a restored server whole
//     again.
//
// # Writing
//
// [Book.Write] appends an op to the outbox, also without a network. The base
// is [Book.Seen] of the moment in which the form was opened, so the caller keeps
// it with the form.
//
// # Push
//
// [Book.Next] makes the batch to send, and [Book.Acknowledge] takes a 200. Any
// other answer goes to [State.Refuse], which changes the book as the table of
// openapi.yaml says and returns the [Step] that comes next. No answer at all
// changes nothing: Next makes the same batch again.
//
// Where another copy of the installation writes too, the step is a fresh sign-in.
// A second time within a day, that names no device ([State.Known]): the two would
// fence each other again.
//
// # Pull
//
// [Book.Query] makes the request, [Book.Page] takes the answer: the records and
// the cursor change together. Before a pull, [Book.Probe] makes the batch that
// finds out whether a restored server lacks what was pushed after the cursor;
// it is nil where the cursor itself shows it.
//
// A client of several units asks with the pull of the first which of the others
// have nothing new, and pulls only the rest: [Client.SyncAll].
//
// What people see is [Book.Show]: the pulled record with the ops on top that
// were not pulled yet.
//
// # Diverged
//
// Refuse does the first step of the recovery, and empties the book. The next
// pull is from the beginning, and the next push sends what the ledger lacks.
// Before that the server is asked once, by the heads that were seen before, how
// far the two are the same.
//
// [Book.Before] has what was acknowledged in earlier epochs. What a restored
// ledger lacks of it is sent in a new epoch. Where only the head tells whether
// anything is lost, [Book.InDoubt] says so, and [Book.Epochs] takes the answer.
//
// # Another view
//
// Where the caller's role or units have changed, Refuse empties the book too,
// and the next pull is from the beginning: what may not be seen any more is
// gone, and what may be seen by now comes. The outbox stays as it is.
//
// # Identities
//
// [NewRecordID] makes version 7. Identities that two phones must both arrive
// at are ledger.PeriodID and form.GiftID.
//
// # Driver
//
// [Client] sends the requests over HTTP and carries out every step that needs
// no person. It uses no goroutines; the clock, the randomness and the waiting
// are arguments. A caller that sends a request itself, to time it or to kill
// the server meanwhile, makes it by [Client.Request].
//
// # Vectors
//
// The folder testdata holds test vectors as JSON, for clients in other
// languages: push.json (a book, an answer, the book afterwards and the step),
// pending.json (pulled records, an outbox, what is shown), identities.json and
// folding.json (text as search sees it). The tests of this package run the same
// files.
package client
