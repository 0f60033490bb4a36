// Package report says what a report tells: a pure function of ledgers at cited
// heads. It has no clock and no I/O.
//
//	folds of the commune, its villages, ┐
//	and of those before them ([Member]) ├─► [Compile] ──► [Content] ─► docx, pdf, xlsx, json
//	what it covers ([Spec])              ┘
//
// The same spec over the same folds gives the same bytes on every server, and
// so a report that is compiled again at the heads it cites is the same report.
//
// # Who counts
//
// A record counts when it was not removed, and was not returned to its
// collector ([ledger.Record.Countable]); and under the days of the unit in
// whose ledger it stands: the communes that were merged in 2025 have theirs,
// and the new one has its own. Records that were linked as copies form a group,
// over however many links and ledgers; of a group exactly one counts, see
// count.go. A field in conflict counts with its provisional value, and the
// figure is then marked as touched: it may change when a person has decided.
//
// # What a figure carries
//
// Figures of different bases stand side by side in one report: a term, a year,
// a day. So each carries its unit, its period or the day as of which it holds,
// whether it is approximate, and how many records it was counted from, which
// [Compiled.Behind] names. The cells of the tables are figures too:
//
//	gifts                    the whole
//	gifts.2020               of a year
//	gifts@21133-01-20040101  of a unit
//	gifts:poor               of a choice
//
// What the text tells beside the figures, as what the fund spent or how many
// petitions were settled in time, is a detail: counted in the same way, and no
// figure of the report.
//
// # Units
//
// A unit is called what its name begins with, phường or tổ dân phố, unless the
// data says otherwise. A report counts and lists the units that there were in
// its period, and says which former ones it covers. It counts up to its last day,
// or up to the day as of which it is made, or to the end of its unit: fund, balance
// and petitions are of the same days.
//
// # The words
//
// The sections come from templates in the folder narrative, one for each voice
// and one for addenda. They say what records say, and claim nothing else: what
// only people know is a section that waits for its text, in a draft with a place
// for it. The issuer's own standing text opens a section. What officials write
// instead stays when the report is compiled again, and is marked where its
// numbers have changed since; an empty text leaves the section out. The files in
// testdata/words hold the whole text, so that a change of words is seen.
package report
