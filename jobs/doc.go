// Package jobs is the commune's office: it turns ledgers into reports, has them
// signed, sends them, and does on time what nobody should have to remember.
//
// # The life of a report
//
//	      Compile                Approve               Deliver
//	ledgers ──► draft ──────────► approved ──► outbox ──► delivered ──► acknowledged
//	            │  ▲ Edit, again   │
//	            └──┘               └─► withdrawn, and issued anew with a link
//
// A draft ([Report]) is compiled from the ledgers of a unit, its villages and
// all whose place they took ([Office.Compile]). Its text may be written anew,
// and it may be compiled again; what officials wrote stays, and is marked where
// its numbers have changed since.
//
// Approval gives it a number. The insert of that number into the register is
// the commit point: one document, under an id that only one can take, which
// says everything that was approved (see approve.go). So numbers have neither
// gaps nor doubles, whatever crashes and however many servers there are. From
// then on the report is frozen: its content, the heads and the version of the
// rules that it was counted with, and its files, byte by byte.
//
// Data that comes later never changes it. What they would change is told by an
// addendum: a report of its own, the difference of two folds.
//
// # Delivery
//
// Who gets a report is data with dates ([Recipient]): until June 2025 the
// district, after it the province. Delivering puts an order for each into the
// outbox; [Office.Dispatch] works it off, also after a crash. What may have
// been sent already is sent again under the same id and with the same content,
// and says so.
//
// # The rest
//
// [Office.Jobs] are the things done by the clock: compiling at the ends of
// periods, the outbox, the deadlines of petitions, the nightly check of every
// chain, and clearing away sessions that are over. Package schedule decides
// which server does one, and when.
//
// The figures themselves are package report's, which is pure; paper sets them,
// post sends them, calendar counts the days.
package jobs
