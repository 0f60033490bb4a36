// Package demo plays six years of a commune against a running server, and
// compares the result with a report on paper.
//
// The paper is the report of the commune Trà Lâm on its term 2019–2024: 18
// figures, in paper.go. Everything else is invented: eight villages, two phones
// in each, a desk at the commune, some two thousand records. It is played over
// HTTP as real phones would play it:
//
//	plan     who records what, in which month; the truth, and what people get wrong
//	phones   outbox, cursor and counters of each; no signal for months, batches cut
//	         in one way and resent in another, clocks that are wrong
//	desk     the reviewer: settles conflicts, links copies, tells namesakes apart
//	figures  report.Figures over the ledgers, before the desk has worked and after
//
// Before the desk has worked the figures are wrong: gifts were recorded twice,
// and two phones disagree about others. Afterwards they are the paper's. They
// are only ever counted from the ledgers; the plan counts nothing.
//
// The plan depends on nothing but its seed. In which order the phones reach the
// server does not, for several call at once, and it must make no difference.
package demo
