// Package ledger is the pure core of Sổ Thôn: what a unit's ledger is, and
// what it means. It does no I/O, reads no clock, starts no goroutine and draws
// no random number; the same ledger gives the same fold everywhere.
//
// # The model
//
// Every unit has a ledger: an append-only chain of commits. A [Commit] holds
// entries, one per push of a device; an [Entry] holds ops, what a person did
// to one record at a time; each [Op] has a [Verdict], decided once when it was
// appended. The fold of a ledger is a [State]: its records, with for each
// register of each record the writes that stand.
//
//	ledger   commit 1 ── commit 2 ── commit 3          one insert each
//	entries  phone A 1…3  phone B 1…2  phone A 4, desk 1
//	fold     record → register → the writes not superseded
//
// A register is a field of a form, or one of [Lifecycle], [Review], [Link] and
// [Closed]. An op writes registers. Its place in the ledger is its dot; what
// its author had seen is its base: the ledger's seq when the form was opened.
// A write w′ supersedes a write w when
//
//   - w stands at or before the base of w′: the author had it on the screen; or
//   - both come from one device in one epoch, and w was made first.
//
// Clocks take no part. What is superseded by nothing stands. Two standing
// writes with different values are a conflict: both stay, one is shown
// provisionally, and a person settles it with a resolve that names the dots
// that were on the screen. A write that the resolve did not name stands beside
// it, unless the same device wrote it before: the conflict is open again.
//
// After a restored backup the ops that it lost are sent again, in any order, and
// get other dots. So a resolve also names the origins of what it saw: device,
// epoch and counter. What it named by its origin is settled even if it comes
// after the resolve.
//
// A commit names the version of these rules by which its ops are folded
// ([Rules]). In version 1 a resolve settled what its dots named and nothing else.
//
//  1. A edits, B edits having seen A's: B's stands.
//  2. A and B edit the same field, neither having seen the other: both stand,
//     in conflict unless they are equal.
//  3. A edits twice offline: the second stands.
//  4. A edits, B removes, neither having seen the other: the lifecycle is in
//     conflict, and the record stays in the lists.
//  5. A edits a record that A has seen removed: the field changes, the record
//     stays removed.
//  6. Staff return a record, and A edits it having seen the note: it waits for
//     review again. A had not seen the note: it stays returned, marked stale.
//  7. An erasure supersedes everything before it. A copy of the value that
//     arrives later is in conflict with the erasure, and is not shown.
//
// # Storage and proof
//
// An op is kept as the canonical text of what was sent ([Value] has the form),
// with its personal values taken out and kept beside it. Each part has a salted
// hash, its leaf; a commit's hash covers its header, its verdicts and its
// leaves, and the hash of the commit before it. To erase personal values, value
// and salt are removed and the leaf stays ([Redact]): the chain still verifies
// ([Verifier]), and every fold that does not show the value gives what it gave.
//
// # Invariants
//
//   - A commit never changes, except by an erasure. (TestErasureKeepsTheChain)
//   - Every op that was acknowledged stands, was superseded by a write that
//     saw it, was named by a resolve, was erased by an order, or was rejected
//     with a reason. (TestNothingAcknowledgedIsLost)
//   - The fold of a snapshot and what follows is the fold of all.
//     (TestSnapshotAndTail)
//   - Batches of different devices that do not know of each other commute,
//     apart from their dots. (TestIndependentBatchesCommute)
//   - A resolve settles only what it saw. (TestResolveSettlesWhatItSaw)
//
// # Glossary
//
//	base         the seq that an author had seen when opening the form
//	batch        one push: ops with consecutive counters
//	commit       one link of a ledger, written by one atomic insert
//	conflict     standing writes of one register with different values
//	counter      a device's own numbering of its ops, per unit and epoch
//	dot          an op's place: seq of its commit, and index in it
//	entry        the part of a commit that came with one push
//	epoch        an installation of a device
//	erasure      destroying personal values by a lawful order
//	head         log, seq and hash: how far a ledger has come
//	leaf         the salted hash of an op, or of one personal value
//	log          the random identity of a ledger
//	origin       an op by who made it: device, epoch, counter
//	register     a field of a record, or its lifecycle, review or link
//	sibling      one of several standing writes of a register
//	stale        of a review: the record has an edit the reviewer had not seen
//	stream       the ops of a device in one epoch, in order of their counters
//	verdict      the outcome of an op, decided once
package ledger
