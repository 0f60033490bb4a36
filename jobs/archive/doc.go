// Package archive makes and keeps the reports of all units, from draft to
// withdrawal.
//
//	     Compile                Approve
//	ledgers ──► draft ──────────► approved ──► delivered ──► acknowledged
//	            │  ▲ Write,        │
//	            └──┘ Recompile     └─► withdrawn, and replaced by another report
//
// A draft ([Report]) is compiled from the ledgers of a unit, its villages and
// all units whose place they took ([Drafts.Compile]). Its text may be changed
// ([Drafts.Write]) and it may be compiled again ([Drafts.Recompile]). What
// officials wrote stays, and is marked where its numbers have changed since.
//
// [Approvals.Approve] gives a draft its number. The insert of that number into
// the register is the commit point: one document, under an id that can be taken
// once, which holds everything that was approved. So numbers have neither gaps
// nor doubles, whatever crashes and however many servers there are. From then on
// the report is frozen: its content, the heads and the version of the rules that
// it was counted with, and its files, byte by byte.
//
// Data that arrives later never changes an issued report. An addendum tells what
// it would change: a separate report with the difference of two folds.
package archive
