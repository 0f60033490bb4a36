// Package jobs is the commune's office. It wires its parts to each other
// ([New]) and does their work by the clock ([Office.Run]).
//
//   - archive makes and keeps reports, from draft to withdrawal;
//   - outbox delivers them to their recipients;
//   - reminders tells which deadlines of petitions are near or over;
//   - holidays keeps the days off that deadlines are counted with;
//   - schedule decides which server does which work, and when.
//
// The parts know nothing of one another: what one needs of another, [New] passes
// as a function. Package report counts and words a report, paper lays it out,
// post sends it, calendar counts the days.
//
// The tasks of [Schedules] are done by the clock: compiling at the ends
// of periods, working off the outbox, reminding of deadlines, the nightly check
// of every chain, deleting sessions that have ended, and dropping files that
// nobody needs.
package jobs
