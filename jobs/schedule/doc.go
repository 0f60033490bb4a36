// Package schedule does work again and again at set times, once, though several
// servers share the database and any of them may die.
//
// # What is kept
//
// Of each [Job] the database has a chain of entries, one document each:
//
//	job-runs   <job>/<falling number>   {"seq":7,"occurrence":"…","outcome":"done",…}
//
// The numbers fall, so that a list begins with the newest. An entry is either a
// [Run], which is one occurrence of the job, or a mark: from here the job was
// seen with this cron line, or it was no longer listed. The newest entry alone
// says what comes next:
//
//	none, or another cron line     a mark is added: what lies before is not done
//	a mark, or a finished run      the next occurrence, once its time has come
//	a failed try                   the same occurrence again, after a while
//	a lease that is running        nothing; when it has run out, another server's turn
//
// To add an entry is to insert a document with the next number, which only one
// server can do. So a job has one occurrence under way at a time, occurrences
// are done in order, and none twice.
//
// # Leases
//
// The server that works on an occurrence holds a lease, and renews it. When it is not
// renewed in time, the work is cancelled by its holder, and another server takes
// over by replacing the entry at the version that it read. The outcome is
// written in the same way: a holder that has lost its lease cannot overwrite
// what its successor wrote.
//
// A lease ends by a clock, and clocks differ. The holder stops when its own
// clock says so; the others wait for [Options.Skew] longer. Within that no two
// servers work on the same occurrence, provided that [Job.Do] returns when its
// context ends. Beyond it, and for a server that is killed after its work and
// before the outcome is written, the work is done again; therefore Do must be
// safe to repeat.
//
// # What was missed
//
// A server that was down does what it missed: every occurrence, oldest first
// and at most the last 100 ([All]), or the last one alone ([Latest]). A job that
// is new, or that was not listed for a while, or whose cron line was changed,
// begins from now: nothing before that is done. A change is noticed within
// [Options.Poll], and what fell due under a new line before that is not done.
package schedule
